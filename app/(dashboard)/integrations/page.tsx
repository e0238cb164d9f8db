import { redirect } from "next/navigation";

/** Of the integrations webhooks are the first. */
export default function IntegrationsPage() {
  redirect("/integrations/webhooks");
}
