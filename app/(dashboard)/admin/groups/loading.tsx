import { AdminLoading } from "../_components/admin-loading.tsx";

export default function GroupsLoading() {
  return <AdminLoading />;
}
