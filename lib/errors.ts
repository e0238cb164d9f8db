/**
 * The one error table: code -> HTTP status and title (RFC 9457 `title`).
 *
 * Codes are part of the REST contract and never change their meaning. Everything that a client may
 * learn goes into `detail` and `errors`; internal causes go into `cause`, which is only logged.
 */
export const ERROR_TABLE = {
  invalid_request: { status: 400, title: "The request is not valid" },
  invalid_json: { status: 400, title: "The body is not valid JSON" },
  invalid_multipart: { status: 400, title: "The multipart body is not valid" },
  invalid_name: { status: 400, title: "The name is not valid" },
  invalid_version: { status: 400, title: "The version is not a semantic version" },
  invalid_path: { status: 400, title: "The file path is not valid" },
  invalid_cursor: { status: 400, title: "The cursor is not valid" },
  empty_file: { status: 400, title: "The file is empty" },
  length_mismatch: { status: 400, title: "Fewer or more bytes arrived than were announced" },
  digest_mismatch: { status: 400, title: "The bytes do not have the announced digest" },
  unauthenticated: { status: 401, title: "Authentication is required" },
  invalid_credentials: { status: 401, title: "The name or the password is wrong" },
  forbidden: { status: 403, title: "You may not do this" },
  version_quarantined: { status: 403, title: "The scan does not clear it for download" },
  not_found: { status: 404, title: "Not found" },
  model_not_found: { status: 404, title: "Model not found" },
  version_not_found: { status: 404, title: "Version not found" },
  file_not_found: { status: 404, title: "File not found" },
  alias_not_found: { status: 404, title: "Alias not found" },
  blob_not_found: { status: 404, title: "Blob not found" },
  load_not_found: { status: 404, title: "Load not found" },
  operation_not_found: { status: 404, title: "Operation not found" },
  alert_not_found: { status: 404, title: "Alert not found" },
  silence_not_found: { status: 404, title: "Silence not found" },
  contact_point_not_found: { status: 404, title: "Contact point not found" },
  webhook_not_found: { status: 404, title: "Webhook not found" },
  sync_not_found: { status: 404, title: "Synchronisation not found" },
  sync_exists: { status: 409, title: "A synchronisation with this name exists" },
  delivery_not_found: { status: 404, title: "Delivery not found" },
  protection_not_found: { status: 404, title: "Protection not found" },
  move_request_not_found: { status: 404, title: "Request not found" },
  upload_not_found: { status: 404, title: "Upload not found" },
  account_not_found: { status: 404, title: "Account not found" },
  group_not_found: { status: 404, title: "Group not found" },
  grant_not_found: { status: 404, title: "Grant not found" },
  token_not_found: { status: 404, title: "Token not found" },
  session_not_found: { status: 404, title: "Session not found" },
  link_not_found: { status: 404, title: "The link is not valid any more" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  request_timeout: { status: 408, title: "The request did not arrive in time" },
  model_exists: { status: 409, title: "A model with this name exists" },
  model_in_trash: { status: 409, title: "A model with this name is in the trash" },
  version_exists: { status: 409, title: "The version exists with other content" },
  version_in_trash: { status: 409, title: "The version is in the trash" },
  version_purged: { status: 409, title: "The version was deleted for good" },
  version_incomplete: { status: 409, title: "The version has no bytes yet" },
  version_not_clean: { status: 409, title: "The version is not clean" },
  not_convertible: { status: 409, title: "The version cannot be converted" },
  alert_over: { status: 409, title: "The alert is over" },
  contact_point_exists: { status: 409, title: "A contact point with this name exists" },
  account_exists: { status: 409, title: "An account with this name exists" },
  group_exists: { status: 409, title: "A group with this name exists" },
  last_administrator: { status: 409, title: "Somebody must stay administrator" },
  move_protected: { status: 409, title: "The alias or stage is protected" },
  move_not_protected: { status: 409, title: "The move needs no approval" },
  move_request_exists: { status: 409, title: "The move is asked for already" },
  move_request_closed: { status: 409, title: "The request is closed" },
  run_in_progress: { status: 409, title: "This is running already" },
  lease_lost: { status: 409, title: "The load belongs to somebody else by now" },
  operation_not_cancellable: { status: 409, title: "The operation cannot be cancelled" },
  operation_not_retryable: { status: 409, title: "The operation cannot be tried again" },
  idempotency_conflict: { status: 409, title: "The Idempotency-Key was used for another request" },
  upload_incomplete: { status: 409, title: "Parts of the upload are missing" },
  upload_conflict: { status: 409, title: "The part or the upload was finished with other bytes" },
  precondition_failed: { status: 412, title: "It was changed in the meantime" },
  too_large: { status: 413, title: "The upload is over the limit" },
  quota_exceeded: { status: 413, title: "The quota is used up" },
  unsupported_media_type: { status: 415, title: "The content type is not supported" },
  range_not_satisfiable: { status: 416, title: "The range is outside the file" },
  expectation_failed: { status: 417, title: "The expectation cannot be met" },
  host_not_allowed: { status: 421, title: "This server does not answer to that name" },
  framework_version_unsupported: { status: 422, title: "The framework's version is not supported" },
  framework_mismatch: { status: 422, title: "The file contradicts the framework" },
  invalid_model_file: { status: 422, title: "The file cannot be read as what it claims to be" },
  unsafe_archive: { status: 422, title: "The archive is not safe to unpack" },
  too_many_uploads: { status: 429, title: "Too many uploads are open" },
  rate_limited: { status: 429, title: "Too many requests" },
  headers_too_large: { status: 431, title: "The request line and headers are too long" },
  internal: { status: 500, title: "Something went wrong on the server" },
  unavailable: { status: 503, title: "The service is not available right now" },
  storage_read_only: { status: 503, title: "The storage cannot be written" },
  storage_corrupt: { status: 500, title: "Stored bytes are missing or damaged" },
  insufficient_storage: { status: 507, title: "The storage is full" },
} as const;

export type ErrorCode = keyof typeof ERROR_TABLE;

/** One field's problem; `pointer` is an RFC 6901 JSON pointer, or a form field's name as `/name`. */
export type FieldProblem = { pointer: string; detail: string };

type ErrorDetails = {
  cause?: unknown;
  problems?: readonly FieldProblem[];
  retryAfterSeconds?: number;
  headers?: Readonly<Record<string, string>>;
};

/** An error whose `code`, `detail` and `problems` may be shown to the client. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly code: ErrorCode;
  /** One sentence for the client: what is wrong and what to do. */
  readonly detail: string;
  readonly problems: readonly FieldProblem[];
  /** When asking again may help; null where it is not known. */
  readonly retryAfterSeconds: number | null;
  /** What an answer says besides. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, detail: string, options: ErrorDetails = {}) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.problems = options.problems ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  get title(): string {
    return ERROR_TABLE[this.code].title;
  }
}

export function isRegistryError(value: unknown): value is RegistryError {
  return value instanceof Error && value.name === "RegistryError" && "code" in value;
}
