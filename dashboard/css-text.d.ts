/** Rollup turns a style sheet into its text; `dashboard.tsx` adopts it as a constructable sheet. */
declare module "*.css" {
  const text: string;
  export default text;
}
