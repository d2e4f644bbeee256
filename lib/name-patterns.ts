/*
 * The service's rules for names. This file imports nothing, so that synthesis and the handler's bundle share it.
 * Sources: the Amplify API reference (app IDs: at most 20 characters), amplify-cli pull 3875 (new environments), and
 * amplify-cli issue 2867 (older environments have other names, such as `NONE`).
 */
export const APP_ID = /^d[a-z0-9]{1,19}$/;
export const NEW_ENVIRONMENT_NAME = /^[a-z]{2,10}$/;
export const ENVIRONMENT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;
const PART = '[A-Za-z0-9_-]{1,100}';
export const OUTPUT_PART = new RegExp(`^${PART}$`);
/** `category/resource/name`. The resource is empty where the category has one, or is `providers`. */
export const OUTPUT_PATH = new RegExp(`^(${PART})/(${PART})?/(${PART})$`);
