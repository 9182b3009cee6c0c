export const shopStyle = `:root {
  color-scheme: light dark;
  --ground: #fbf8f2;
  --card: #ffffff;
  --text: #2a241c;
  --quiet: #6b6152;
  --line: #e4dccd;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #1b1813;
    --card: #26221b;
    --text: #f1ebdf;
    --quiet: #b3a892;
    --line: #3a342a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--text);
  font: 17px/1.55 Georgia, "Times New Roman", serif;
}
a { color: inherit; }
header, main, footer { max-width: 1040px; margin: 0 auto; padding: 24px; }
header { display: flex; flex-wrap: wrap; gap: 8px 32px; align-items: baseline; border-bottom: 1px solid var(--line); }
.brand { font-size: 24px; font-weight: bold; text-decoration: none; }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; }
h1 { font-size: clamp(28px, 5vw, 44px); line-height: 1.15; margin: 24px 0 8px; }
.lead { font-size: 20px; color: var(--quiet); max-width: 34em; }
.cards { list-style: none; padding: 0; display: grid; gap: 24px; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
.card a { display: grid; gap: 4px; padding-bottom: 16px; text-decoration: none; }
.card strong, .card span { padding: 0 16px; }
img { display: block; max-width: 100%; height: auto; }
.product { display: grid; gap: 32px; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); }
.product img { border-radius: 12px; }
.price { font-size: 24px; font-weight: bold; }
footer { color: var(--quiet); font-size: 15px; border-top: 1px solid var(--line); }
`;
