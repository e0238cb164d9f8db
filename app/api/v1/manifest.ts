/**
 * Every route of the API, for the OpenAPI document and for tests that walk all of them. A test
 * compares this list with the folder, so a forgotten route fails the build.
 */
import type { RouteHandler } from "#lib/http/route.ts";
import * as alerts from "./alerts/route.ts";
import * as audit from "./audit/route.ts";
import * as events from "./events/route.ts";
import * as markdown from "./markdown/route.ts";
import * as aliasHistory from "./models/[name]/aliases/[alias]/history/route.ts";
import * as alias from "./models/[name]/aliases/[alias]/route.ts";
import * as card from "./models/[name]/card/route.ts";
import * as nextVersions from "./models/[name]/next-versions/route.ts";
import * as purgeModel from "./models/[name]/purge/route.ts";
import * as restoreModel from "./models/[name]/restore/route.ts";
import * as model from "./models/[name]/route.ts";
import * as download from "./models/[name]/versions/[ref]/download/route.ts";
import * as files from "./models/[name]/versions/[ref]/files/[...path]/route.ts";
import * as purgeVersion from "./models/[name]/versions/[ref]/purge/route.ts";
import * as restoreVersion from "./models/[name]/versions/[ref]/restore/route.ts";
import * as version from "./models/[name]/versions/[ref]/route.ts";
import * as stage from "./models/[name]/versions/[ref]/stage/route.ts";
import * as tensors from "./models/[name]/versions/[ref]/tensors/route.ts";
import * as versions from "./models/[name]/versions/route.ts";
import * as models from "./models/route.ts";
import * as cancelOperation from "./operations/[id]/cancel/route.ts";
import * as retryOperation from "./operations/[id]/retry/route.ts";
import * as operation from "./operations/[id]/route.ts";
import * as operations from "./operations/route.ts";
import * as stats from "./stats/route.ts";
import * as storageBlob from "./storage/blobs/[digest]/route.ts";
import * as collections from "./storage/collections/route.ts";
import * as storageModels from "./storage/models/route.ts";
import * as storage from "./storage/route.ts";
import * as scrubs from "./storage/scrubs/route.ts";
import * as trash from "./trash/route.ts";
import * as trashedVersions from "./trash/versions/route.ts";
import * as completeUpload from "./uploads/[id]/complete/route.ts";
import * as uploadParts from "./uploads/[id]/parts/[part]/route.ts";
import * as upload from "./uploads/[id]/route.ts";
import * as uploads from "./uploads/route.ts";

const modules: Record<string, RouteHandler>[] = [
  models,
  model,
  restoreModel,
  purgeModel,
  card,
  markdown,
  nextVersions,
  versions,
  version,
  restoreVersion,
  purgeVersion,
  stage,
  tensors,
  files,
  download,
  alias,
  aliasHistory,
  trash,
  trashedVersions,
  uploads,
  upload,
  uploadParts,
  completeUpload,
  stats,
  events,
  audit,
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
];

export const allRoutes: RouteHandler[] = modules.flatMap((module) => Object.values(module));
