import { AdminLoading } from "../_components/admin-loading.tsx";

export default function ServiceAccountsLoading() {
  return <AdminLoading />;
}
