import { AdminLoading } from "../_components/admin-loading.tsx";

export default function UsersLoading() {
  return <AdminLoading />;
}
