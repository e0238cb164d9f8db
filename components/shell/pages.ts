import {
  BookOpen,
  Box,
  HardDrive,
  LayoutDashboard,
  ListChecks,
  type LucideIcon,
  Trash2,
  Upload,
} from "lucide-react";

export type Page = {
  href: string;
  key: "overview" | "models" | "register" | "storage" | "operations" | "trash" | "apiDocs";
  icon: LucideIcon;
  /** Left out of a phone's bar, which has room for five; "Go to" has all pages. */
  isOnDesksOnly?: boolean;
};

/** The pages of the navigation, in order. */
export const PAGES: readonly Page[] = [
  { href: "/", key: "overview", icon: LayoutDashboard },
  { href: "/models", key: "models", icon: Box },
  { href: "/register", key: "register", icon: Upload },
  { href: "/storage", key: "storage", icon: HardDrive },
  { href: "/operations", key: "operations", icon: ListChecks, isOnDesksOnly: true },
  { href: "/trash", key: "trash", icon: Trash2 },
  { href: "/docs/api", key: "apiDocs", icon: BookOpen, isOnDesksOnly: true },
];

/** Whether the page of `href` is, or contains, the page at `pathname`. */
export function isCurrent(href: string, pathname: string): boolean {
  return href === "/" ? pathname === "/" : pathname === href || pathname.startsWith(`${href}/`);
}
