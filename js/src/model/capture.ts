/** The capture page, asked for in any panel; see `../capture_link.ts`. */

/** Where is the page that a browser can open? */
export interface CaptureWish {
  kind: "capture";
  page: string;
}

/** There, once; or why not. */
export interface CaptureAnswer {
  kind: "capture";
  page: string;
  address: string;
  problem: string;
}
