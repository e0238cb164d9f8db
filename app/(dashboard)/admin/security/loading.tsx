import { AdminLoading } from "../_components/admin-loading.tsx";

export default function SecurityLoading() {
  return <AdminLoading />;
}
