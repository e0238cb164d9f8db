import { BookOpen, Box, LayoutDashboard, type LucideIcon, Trash2, Upload } from "lucide-react";

export type Page = {
  href: string;
  key: "overview" | "models" | "register" | "trash" | "apiDocs";
  icon: LucideIcon;
};

/** The pages of the navigation, in order. */
export const PAGES: readonly Page[] = [
  { href: "/", key: "overview", icon: LayoutDashboard },
  { href: "/models", key: "models", icon: Box },
  { href: "/register", key: "register", icon: Upload },
  { href: "/trash", key: "trash", icon: Trash2 },
  { href: "/docs/api", key: "apiDocs", icon: BookOpen },
];

/** Whether the page of `href` is, or contains, the page at `pathname`. */
export function isCurrent(href: string, pathname: string): boolean {
  return href === "/" ? pathname === "/" : pathname === href || pathname.startsWith(`${href}/`);
}
