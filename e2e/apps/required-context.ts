/** The context's value of a key. Throws if it is not text. */
export function contextText(get: (key: string) => unknown): (key: string) => string {
  return (key) => {
    const value = get(key);
    if (typeof value !== 'string' || value === '') throw new Error(`this app needs the context -c ${key}=...`);
    return value;
  };
}

/** The context's value of a key, or undefined. */
export function optionalText(get: (key: string) => unknown, key: string): string | undefined {
  const value = get(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
