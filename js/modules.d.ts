// Imports that are text: see assets.mjs.

declare module "*?worklet" {
  /** The worklet and all it imports, as one script. */
  const code: string;
  export default code;
}

declare module "*.css" {
  const styles: string;
  export default styles;
}
