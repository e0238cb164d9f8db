/**
 * Every route of the API, for the OpenAPI document and for tests that walk all of them. A test
 * compares this list with the folder, so a forgotten route fails the build.
 */
import type { RouteHandler } from "#lib/http/route.ts";
import * as acknowledge from "./alerts/[id]/acknowledge/route.ts";
import * as alert from "./alerts/[id]/route.ts";
import * as alerts from "./alerts/route.ts";
import * as auditChain from "./audit/chain/route.ts";
import * as audit from "./audit/route.ts";
import * as verifyAudit from "./audit/verifications/route.ts";
import * as authLinks from "./auth/links/route.ts";
import * as authRevoke from "./auth/revoke/route.ts";
import * as authToken from "./auth/token/route.ts";
import * as verifyBackup from "./backups/[id]/verify/route.ts";
import * as drillBackup from "./backups/drills/route.ts";
import * as backups from "./backups/route.ts";
import * as leaseLoad from "./cluster/lease/route.ts";
import * as finishLoad from "./cluster/loads/[id]/finish/route.ts";
import * as loadProgress from "./cluster/loads/[id]/progress/route.ts";
import * as clusterReport from "./cluster/report/route.ts";
import * as clusters from "./clusters/route.ts";
import * as clusterWorkers from "./clusters/workers/route.ts";
import * as redeliverNotice from "./contact-points/[id]/deliveries/[delivery]/redeliver/route.ts";
import * as contactDeliveries from "./contact-points/[id]/deliveries/route.ts";
import * as contactPoint from "./contact-points/[id]/route.ts";
import * as testContactPoint from "./contact-points/[id]/test/route.ts";
import * as contactPoints from "./contact-points/route.ts";
import * as events from "./events/route.ts";
import * as findings from "./findings/route.ts";
import * as groupMember from "./groups/[id]/members/[account]/route.ts";
import * as group from "./groups/[id]/route.ts";
import * as groups from "./groups/route.ts";
import * as mlflowSync from "./integrations/mlflow/[id]/route.ts";
import * as mlflowReport from "./integrations/mlflow/[id]/runs/[run]/route.ts";
import * as mlflowRuns from "./integrations/mlflow/[id]/runs/route.ts";
import * as mlflowSyncs from "./integrations/mlflow/route.ts";
import * as invitations from "./invitations/route.ts";
import * as load from "./loads/[id]/route.ts";
import * as loads from "./loads/route.ts";
import * as markdown from "./markdown/route.ts";
import * as password from "./me/password/route.ts";
import * as me from "./me/route.ts";
import * as aliasHistory from "./models/[name]/aliases/[alias]/history/route.ts";
import * as alias from "./models/[name]/aliases/[alias]/route.ts";
import * as card from "./models/[name]/card/route.ts";
import * as compare from "./models/[name]/compare/route.ts";
import * as compareTensors from "./models/[name]/compare/tensors/route.ts";
import * as grant from "./models/[name]/grants/[id]/route.ts";
import * as grants from "./models/[name]/grants/route.ts";
import * as loadModel from "./models/[name]/load/route.ts";
import * as moveDecision from "./models/[name]/move-requests/[id]/decision/route.ts";
import * as moveRequest from "./models/[name]/move-requests/[id]/route.ts";
import * as moveRequests from "./models/[name]/move-requests/route.ts";
import * as nextVersions from "./models/[name]/next-versions/route.ts";
import * as purgeModel from "./models/[name]/purge/route.ts";
import * as renameModel from "./models/[name]/rename/route.ts";
import * as restoreModel from "./models/[name]/restore/route.ts";
import * as model from "./models/[name]/route.ts";
import * as unloadModel from "./models/[name]/unload/route.ts";
import * as convertVersion from "./models/[name]/versions/[ref]/convert/route.ts";
import * as download from "./models/[name]/versions/[ref]/download/route.ts";
import * as files from "./models/[name]/versions/[ref]/files/[...path]/route.ts";
import * as protectedMoves from "./models/[name]/versions/[ref]/protected-moves/route.ts";
import * as purgeVersion from "./models/[name]/versions/[ref]/purge/route.ts";
import * as restoreVersion from "./models/[name]/versions/[ref]/restore/route.ts";
import * as version from "./models/[name]/versions/[ref]/route.ts";
import * as stage from "./models/[name]/versions/[ref]/stage/route.ts";
import * as tensors from "./models/[name]/versions/[ref]/tensors/route.ts";
import * as versions from "./models/[name]/versions/route.ts";
import * as models from "./models/route.ts";
import * as monitoring from "./monitoring/route.ts";
import * as cancelOperation from "./operations/[id]/cancel/route.ts";
import * as retryOperation from "./operations/[id]/retry/route.ts";
import * as operation from "./operations/[id]/route.ts";
import * as operations from "./operations/route.ts";
import * as protection from "./protections/[id]/route.ts";
import * as protections from "./protections/route.ts";
import * as serviceAccount from "./service-accounts/[id]/route.ts";
import * as serviceTokens from "./service-accounts/[id]/tokens/route.ts";
import * as serviceAccounts from "./service-accounts/route.ts";
import * as session from "./sessions/[id]/route.ts";
import * as sessions from "./sessions/route.ts";
import * as signingKeys from "./signing-keys/route.ts";
import * as silence from "./silences/[id]/route.ts";
import * as silences from "./silences/route.ts";
import * as stats from "./stats/route.ts";
import * as storageBlob from "./storage/blobs/[digest]/route.ts";
import * as collections from "./storage/collections/route.ts";
import * as storageModels from "./storage/models/route.ts";
import * as storage from "./storage/route.ts";
import * as scrubs from "./storage/scrubs/route.ts";
import * as token from "./tokens/[id]/route.ts";
import * as tokens from "./tokens/route.ts";
import * as trash from "./trash/route.ts";
import * as trashedVersions from "./trash/versions/route.ts";
import * as completeUpload from "./uploads/[id]/complete/route.ts";
import * as uploadParts from "./uploads/[id]/parts/[part]/route.ts";
import * as upload from "./uploads/[id]/route.ts";
import * as uploads from "./uploads/route.ts";
import * as handover from "./users/[id]/handover/route.ts";
import * as permissions from "./users/[id]/permissions/route.ts";
import * as resetLink from "./users/[id]/reset-link/route.ts";
import * as user from "./users/[id]/route.ts";
import * as users from "./users/route.ts";
import * as redeliverMessage from "./webhooks/[id]/deliveries/[delivery]/redeliver/route.ts";
import * as webhookDeliveries from "./webhooks/[id]/deliveries/route.ts";
import * as webhook from "./webhooks/[id]/route.ts";
import * as webhookSecret from "./webhooks/[id]/secret/route.ts";
import * as testWebhook from "./webhooks/[id]/test/route.ts";
import * as webhooks from "./webhooks/route.ts";

const modules: Record<string, RouteHandler>[] = [
  models,
  model,
  renameModel,
  restoreModel,
  purgeModel,
  card,
  compare,
  compareTensors,
  markdown,
  nextVersions,
  versions,
  version,
  findings,
  restoreVersion,
  purgeVersion,
  stage,
  tensors,
  files,
  convertVersion,
  download,
  alias,
  aliasHistory,
  protectedMoves,
  moveRequests,
  moveRequest,
  moveDecision,
  protections,
  protection,
  loadModel,
  unloadModel,
  loads,
  load,
  clusters,
  clusterWorkers,
  leaseLoad,
  loadProgress,
  finishLoad,
  clusterReport,
  trash,
  trashedVersions,
  uploads,
  upload,
  uploadParts,
  completeUpload,
  stats,
  monitoring,
  events,
  audit,
  auditChain,
  verifyAudit,
  storage,
  storageModels,
  storageBlob,
  collections,
  scrubs,
  operations,
  operation,
  cancelOperation,
  retryOperation,
  alerts,
  alert,
  acknowledge,
  silences,
  silence,
  contactPoints,
  contactPoint,
  testContactPoint,
  contactDeliveries,
  redeliverNotice,
  webhooks,
  webhook,
  webhookSecret,
  testWebhook,
  webhookDeliveries,
  redeliverMessage,
  mlflowSyncs,
  mlflowSync,
  mlflowRuns,
  mlflowReport,
  backups,
  verifyBackup,
  drillBackup,
  me,
  password,
  authToken,
  authRevoke,
  authLinks,
  tokens,
  token,
  sessions,
  session,
  users,
  user,
  resetLink,
  permissions,
  handover,
  invitations,
  serviceAccounts,
  serviceAccount,
  serviceTokens,
  groups,
  group,
  groupMember,
  grants,
  grant,
  signingKeys,
];

export const allRoutes: RouteHandler[] = modules.flatMap((module) => Object.values(module));
