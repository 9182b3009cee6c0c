/** The demo shop's pages: plain HTML from plain data, no script of its own. */

export interface ShopPage {
  path: string;
  title: string;
  body: string;
}

interface Product {
  slug: string;
  name: string;
  price: string;
  lead: string;
  details: string[];
}

const products: Product[] = [
  {
    slug: "rim-latch-1920",
    name: "Rim latch, 1920",
    price: "48 euros",
    lead: "Cast iron with a brass bolt, for doors that open towards you.",
    details: ["Case 120 x 80 mm", "Left or right hand", "Keeper and screws included"],
  },
  {
    slug: "keeper-1920",
    name: "Keeper for rim latch, 1920",
    price: "14 euros",
    lead: "The part that wears down first. Fits the rim latch without new holes.",
    details: ["Cast brass", "Three screw holes", "In stock"],
  },
  {
    slug: "strap-hinge-1890",
    name: "Strap hinge, 1890",
    price: "36 euros a pair",
    lead: "Hand forged, for gates and barn doors up to 40 kg.",
    details: ["Length 400 mm", "Waxed, not painted", "Sold in pairs"],
  },
];

const card = (product: Product) => `<li class="card">
  <a href="/goods/${product.slug}">
    <img src="/pictures/${product.slug}.svg" alt="" width="320" height="240">
    <strong>${product.name}</strong>
    <span>${product.price}</span>
  </a>
</li>`;

const front: ShopPage = {
  path: "/",
  title: "Front page",
  body: `<h1>Old doors, working again</h1>
<p class="lead">Latches, hinges and keepers made to the patterns they had when the door was new.</p>
<ul class="cards">${products.map(card).join("\n")}</ul>`,
};

const goods: ShopPage[] = products.map((product) => ({
  path: `/goods/${product.slug}`,
  title: product.name,
  body: `<div class="product">
  <img src="/pictures/${product.slug}.svg" alt="${product.name}, drawn from the front" width="480" height="360">
  <div>
    <h1>${product.name}</h1>
    <p class="lead">${product.lead}</p>
    <ul>${product.details.map((detail) => `<li>${detail}</li>`).join("")}</ul>
    <p class="price">${product.price}</p>
    <p>Not sure that it fits? Send a photo of your door in the chat.</p>
  </div>
</div>`,
}));

const delivery: ShopPage = {
  path: "/delivery",
  title: "Delivery",
  body: `<h1>Delivery</h1>
<p class="lead">We send on Tuesdays and Fridays. Letters take two days, parcels three.</p>
<p>Anything that does not fit comes back free of charge within thirty days.</p>`,
};

const workshop: ShopPage = {
  path: "/workshop",
  title: "The workshop",
  body: `<h1>The workshop</h1>
<p class="lead">Four people, two forges and a lathe from 1938, at 4 Mill Lane.</p>
<p>Questions are answered in the chat by whoever has clean hands.</p>`,
};

export const shopPages: ShopPage[] = [front, ...goods, delivery, workshop];

/** A whole page. `scriptUrl` is the one tag that a site owner pastes. */
export function renderShopPage(page: ShopPage, scriptUrl: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · Latch &amp; Hinge</title>
<link rel="stylesheet" href="/shop.css">
<script src="${scriptUrl}" async></script>
</head>
<body>
<header>
  <a class="brand" href="/">Latch &amp; Hinge</a>
  <nav>
    <a href="/goods/rim-latch-1920">Latches</a>
    <a href="/goods/strap-hinge-1890">Hinges</a>
    <a href="/delivery">Delivery</a>
    <a href="/workshop">Workshop</a>
  </nav>
</header>
<main>
${page.body}
</main>
<footer>Latch &amp; Hinge, 4 Mill Lane. A made-up shop that shows Porchlight at work.</footer>
</body>
</html>
`;
}
