export * from './backend-environment';
export * from './clone-provider';
export * from './cloned-backend-environment';
export * from './environment-name';
