import type { JSX } from "preact";
import { PrivacyPage } from "../consent/PrivacyPage.js";
import { DetailsPage } from "./DetailsPage.js";
import { ForgetPage } from "./ForgetPage.js";
import { LanguagePage } from "./LanguagePage.js";
import { NewsPage } from "./NewsPage.js";
import type { View } from "./panel-context.js";

/** What stands behind the menu: fetched when the menu is opened, because most never do. */
export function MenuPage({ view }: { view: Exclude<View, "chat"> }): JSX.Element {
  switch (view) {
    case "details":
      return <DetailsPage />;
    case "privacy":
      return <PrivacyPage />;
    case "news":
      return <NewsPage />;
    case "language":
      return <LanguagePage />;
    case "forget":
      return <ForgetPage />;
  }
}
