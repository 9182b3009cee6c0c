import { ZipFile } from "yazl";
import type { PhotoDetail } from "./photo-detail-store.js";

/** A report as rows of cells; the first row names the columns. */
export type Cell = string | number;
export type Rows = readonly (readonly Cell[])[];

const columns = [
  "Time (UTC)",
  "File",
  "Sent by",
  "Width",
  "Height",
  "Bytes received",
  "Bytes delivered",
  "Saved (%)",
  "Renditions",
];

export function photoRows(details: readonly PhotoDetail[]): Rows {
  return [
    columns,
    ...details.map((row) => [
      new Date(row.at).toISOString(),
      row.name,
      row.operator === null ? "visitor" : row.operator,
      row.width,
      row.height,
      row.bytesIn,
      row.bytesOut,
      row.bytesIn === 0 ? 0 : Math.round((1 - row.bytesOut / row.bytesIn) * 100),
      row.params,
    ]),
  ];
}

/**
 * What a spreadsheet would take for a formula or a command begins with one of these: at the start of
 * a cell, and after whatever some spreadsheet, by its country, takes for the end of one.
 */
const formulaStart = /^\s*[=+\-@]|^[\t\r\n]/;
const formulaWithin = /[;|\t\r\n](?=\s*[=+\-@])/g;

/** RFC 4180, in UTF-8 with a byte-order mark, without which spreadsheets guess another encoding. */
export function writeCsv(rows: Rows): Buffer {
  const line = (cells: readonly Cell[]): string => cells.map(csvCell).join(",");
  return Buffer.from(`\uFEFF${rows.map(line).join("\r\n")}\r\n`);
}

function csvCell(cell: Cell): string {
  if (typeof cell === "number") return String(cell);
  const parted = cell.replaceAll(formulaWithin, "$&'");
  const text = formulaStart.test(parted) ? `'${parted}` : parted;
  return /[",;|\t\r\n']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const xmlHead = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const office = "http://schemas.openxmlformats.org";
const sheet = `${office}/spreadsheetml/2006/main`;
const relations = `${office}/officeDocument/2006/relationships`;
const packageTypes = `${office}/package/2006`;
const sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/** The parts of a workbook that are the same in every one (ECMA-376, part 1, 12 and 18). */
const workbookParts: Record<string, string> = {
  "[Content_Types].xml": `<Types xmlns="${packageTypes}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${sheetType}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${sheetType}.worksheet+xml"/></Types>`,
  "_rels/.rels": `<Relationships xmlns="${packageTypes}/relationships"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  "xl/workbook.xml": `<workbook xmlns="${sheet}" xmlns:r="${relations}"><sheets><sheet name="Photos" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  "xl/_rels/workbook.xml.rels": `<Relationships xmlns="${packageTypes}/relationships"><Relationship Id="rId1" Type="${relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
};

/** One sheet. Text cells are strings in place, which no spreadsheet reads as a formula. */
export async function writeXlsx(rows: Rows): Promise<Buffer> {
  const zip = new ZipFile();
  const add = (name: string, xml: string): void => zip.addBuffer(Buffer.from(xmlHead + xml), name);
  for (const [name, xml] of Object.entries(workbookParts)) add(name, xml);
  const lines = rows.map((cells) => `<row>${cells.map(xlsxCell).join("")}</row>`).join("");
  add(
    "xl/worksheets/sheet1.xml",
    `<worksheet xmlns="${sheet}"><sheetData>${lines}</sheetData></worksheet>`,
  );
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function xlsxCell(cell: Cell): string {
  if (typeof cell === "number") return `<c><v>${cell}</v></c>`;
  return `<c t="inlineStr"><is><t xml:space="preserve">${escapeXml(cell)}</t></is></c>`;
}

/** Text for XML 1.0: escaped, and without the characters that it cannot hold. */
function escapeXml(text: string): string {
  const named: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll(/[&<>]/g, (character) => named[character] ?? "");
}
