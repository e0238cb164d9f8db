/** The message that names each permission of lib/access/policy.ts; messages are nested at dots, so their keys have none. */
export const PERMISSION_LABELS = {
  "model.read": "model_read",
  "version.register": "version_register",
  "model.write": "model_write",
  "version.promote": "version_promote",
  "load.write": "load_write",
  "cluster.read": "cluster_read",
  "cluster.agent": "cluster_agent",
  "model.delete": "model_delete",
  "move.decide": "move_decide",
  "protection.manage": "protection_manage",
  "model.share": "model_share",
  "event.read": "event_read",
  "statistics.read": "statistics_read",
  "self.read": "self_read",
  "self.manage": "self_manage",
  "audit.read": "audit_read",
  "alert.read": "alert_read",
  "alert.manage": "alert_manage",
  "contact.manage": "contact_manage",
  "webhook.manage": "webhook_manage",
  "integration.manage": "integration_manage",
  "metrics.read": "metrics_read",
  "monitoring.read": "monitoring_read",
  "storage.read": "storage_read",
  "operation.read": "operation_read",
  "operation.manage": "operation_manage",
  "backup.read": "backup_read",
  "backup.manage": "backup_manage",
  "storage.maintain": "storage_maintain",
  "account.manage": "account_manage",
} as const;

export type PermissionLabel = (typeof PERMISSION_LABELS)[keyof typeof PERMISSION_LABELS];

/** null for a permission that this page does not know. */
export function permissionLabel(name: string): PermissionLabel | null {
  return Object.hasOwn(PERMISSION_LABELS, name)
    ? PERMISSION_LABELS[name as keyof typeof PERMISSION_LABELS]
    : null;
}
