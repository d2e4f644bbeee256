export * from './backend-environment';
export * from './backend-environment-grants';
export * from './clone-provider';
export * from './cloned-backend-environment';
export * from './environment-name';
