/** What the context has under a key. Throws where that is no text. */
export function contextText(get: (key: string) => unknown): (key: string) => string {
  return (key) => {
    const value = get(key);
    if (typeof value !== 'string' || value === '') throw new Error(`this app needs the context -c ${key}=...`);
    return value;
  };
}

/** What the context has under a key, where it has something. */
export function optionalText(get: (key: string) => unknown, key: string): string | undefined {
  const value = get(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
