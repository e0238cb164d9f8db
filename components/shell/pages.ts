import {
  Activity,
  Archive,
  Bell,
  BookOpen,
  Box,
  HardDrive,
  LayoutDashboard,
  ListChecks,
  type LucideIcon,
  Network,
  ScrollText,
  ShieldAlert,
  Trash2,
  Upload,
  UsersRound,
  Webhook,
} from "lucide-react";

export type Page = {
  href: string;
  key:
    | "overview"
    | "models"
    | "register"
    | "findings"
    | "cluster"
    | "storage"
    | "backups"
    | "monitoring"
    | "alerts"
    | "operations"
    | "audit"
    | "trash"
    | "apiDocs"
    | "integrations"
    | "admin";
  icon: LucideIcon;
  /** Left out of a phone's bar, which has room for five; "Go to" has all pages. */
  isOnDesksOnly?: boolean;
  /** For whom it is, where that is not everybody. */
  needs?: keyof PageAccess;
};

/** Whether the reader may open what not everybody may. */
export type PageAccess = Readonly<
  Record<
    | "administration"
    | "alerts"
    | "audit"
    | "backups"
    | "monitoring"
    | "operations"
    | "storage"
    | "webhooks",
    boolean
  >
>;

const PAGES: readonly Page[] = [
  { href: "/", key: "overview", icon: LayoutDashboard },
  { href: "/models", key: "models", icon: Box },
  { href: "/register", key: "register", icon: Upload },
  { href: "/findings", key: "findings", icon: ShieldAlert, isOnDesksOnly: true },
  { href: "/cluster", key: "cluster", icon: Network, isOnDesksOnly: true },
  {
    href: "/monitoring",
    key: "monitoring",
    icon: Activity,
    isOnDesksOnly: true,
    needs: "monitoring",
  },
  { href: "/storage", key: "storage", icon: HardDrive, needs: "storage" },
  { href: "/backups", key: "backups", icon: Archive, isOnDesksOnly: true, needs: "backups" },
  { href: "/alerts", key: "alerts", icon: Bell, needs: "alerts" },
  {
    href: "/operations",
    key: "operations",
    icon: ListChecks,
    isOnDesksOnly: true,
    needs: "operations",
  },
  { href: "/audit", key: "audit", icon: ScrollText, isOnDesksOnly: true, needs: "audit" },
  { href: "/trash", key: "trash", icon: Trash2, isOnDesksOnly: true },
  {
    href: "/integrations",
    key: "integrations",
    icon: Webhook,
    isOnDesksOnly: true,
    needs: "webhooks",
  },
  { href: "/docs/api", key: "apiDocs", icon: BookOpen, isOnDesksOnly: true },
  {
    href: "/admin",
    key: "admin",
    icon: UsersRound,
    isOnDesksOnly: true,
    needs: "administration",
  },
];

/** The pages of the navigation, in order. */
export function pagesFor(access: PageAccess): readonly Page[] {
  return PAGES.filter(({ needs }) => needs === undefined || access[needs]);
}

/** Whether the page of `href` is, or contains, the page at `pathname`. */
export function isCurrent(href: string, pathname: string): boolean {
  return href === "/" ? pathname === "/" : pathname === href || pathname.startsWith(`${href}/`);
}
