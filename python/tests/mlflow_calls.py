"""The same requests for the registry and for a real MLflow server, one after the other, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    given: Json | list[tuple[str, str]]
    #: The answers differ on purpose: why. Nothing but the status is compared then, unless `status_differs`.
    differs: str = ""
    status_differs: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path} {str(self.given)[:150]}"


def models(method: str, what: str, differs: str = "", status_differs: bool = False, **given: Any) -> Call:
    return Call(method, f"registered-models/{what}", given, differs, status_differs)


def versions(method: str, what: str, differs: str = "", status_differs: bool = False, **given: Any) -> Call:
    return Call(method, f"model-versions/{what}", given, differs, status_differs)


def search_models(**given: Any) -> Call:
    return models("GET", "search", **given)


def search_versions(**given: Any) -> Call:
    return versions("GET", "search", **given)


def tags(**given: str) -> list[Json]:
    return [{"key": key, "value": value} for key, value in given.items()]


def calls(source: str) -> list[Call]:
    """`source` is a URI that neither server reaches."""
    return [*_models(), *_tags(), *_versions(source), *_stages(), *_aliases(), *_searches(source), *_endings(source)]


def _models() -> list[Call]:
    return [
        models("POST", "create", name="alpha", description="first", tags=tags(k="v", empty="")),
        models("POST", "create", name="Wire model ü"),
        models("POST", "create", name="beta", tags=tags(k="w")),
        models("POST", "create", name="alpha"),
        models("POST", "create"),
        models("POST", "create", name=""),
        models("POST", "create", name=5),
        models("POST", "create", name="a/b"),
        models("POST", "create", name="a:b"),
        models("POST", "create", name="gamma", tags="no list"),
        models("GET", "get", name="alpha"),
        models("GET", "get", name="Wire model ü"),
        models("GET", "get", name="wire-model-u"),
        models("GET", "get", name="missing"),
        models("GET", "get"),
        models("GET", "get", name="ALPHA"),
        models("PATCH", "update", name="alpha", description="edited"),
        models("PATCH", "update", name="missing", description="edited"),
        models("PATCH", "update", name="alpha", description=7),
        models("PATCH", "update", name="alpha", unknown="ignored", description="again"),
        models("GET", "get", name="alpha"),
        models("POST", "rename", name="beta", new_name="Beta two"),
        models("GET", "get", name="beta"),
        models("GET", "get", name="Beta two"),
        models("POST", "rename", name="Beta two", new_name="beta"),
        models("POST", "rename", name="missing", new_name="x"),
        models("POST", "rename", name="beta", new_name=""),
        models("POST", "rename", name="beta", new_name="x/y"),
        models("POST", "rename", "its answer has SQL in it", name="beta", new_name="alpha"),
        models("POST", "get-latest-versions", name="alpha"),
        models("GET", "get-latest-versions", name="alpha"),
        models("POST", "get-latest-versions", name="missing", stages=[]),
    ]


def _tags() -> list[Call]:
    return [
        models("POST", "set-tag", name="alpha", key="t 1", value="one"),
        models("POST", "set-tag", name="alpha", key="t 1", value="two"),
        models("POST", "set-tag", name="alpha", key="none"),
        models("POST", "set-tag", name="alpha", key="", value="x"),
        models("POST", "set-tag", name="alpha", key="a?b", value="x"),
        models("POST", "set-tag", name="alpha", key="a/../b", value="x"),
        models("POST", "set-tag", name="missing", key="k", value="x"),
        models("GET", "get", name="alpha"),
        models("DELETE", "delete-tag", name="alpha", key="t 1"),
        models("DELETE", "delete-tag", name="alpha", key="never"),
        models("DELETE", "delete-tag", name="missing", key="k"),
        models("GET", "get", name="alpha"),
    ]


def _versions(source: str) -> list[Call]:
    return [
        versions("POST", "create", name="alpha", source=source, description="v1", tags=tags(a="1")),
        versions("POST", "create", name="alpha", source=f"{source}/2", run_link="http://x/y"),
        versions("POST", "create", name="missing", source=source),
        versions("POST", "create", name="alpha"),
        versions("POST", "create", name="alpha", source=""),
        versions("POST", "create", name="alpha", source="/etc/passwd"),
        versions("POST", "create", name="alpha", source="file:///etc/passwd"),
        versions("POST", "create", name="alpha", source=f"{source}/../x"),
        versions("POST", "create", name="alpha", source=9),
        versions("GET", "get", name="alpha", version="1"),
        versions("GET", "get", name="alpha", version="9"),
        versions("GET", "get", name="alpha", version="one"),
        versions("GET", "get", name="missing", version="1"),
        versions("GET", "get", name="alpha"),
        versions("GET", "get-download-uri", name="alpha", version="1"),
        versions("GET", "get-download-uri", name="alpha", version="9"),
        versions("PATCH", "update", name="alpha", version="1", description="edited"),
        versions("PATCH", "update", name="alpha", version="9", description="edited"),
        versions("POST", "set-tag", name="alpha", version="1", key="b", value="2"),
        versions("POST", "set-tag", name="alpha", version="9", key="b", value="2"),
        versions("POST", "set-tag", name="alpha", version="x", key="b", value="2"),
        versions("DELETE", "delete-tag", name="alpha", version="1", key="b"),
        versions("DELETE", "delete-tag", name="alpha", version="1", key="never"),
        versions("POST", "set-tag", name="alpha", version="1", key="c", value=""),
        versions("GET", "get", name="alpha", version="1"),
        models("GET", "get", name="alpha"),
        models("POST", "get-latest-versions", name="alpha"),
        versions("POST", "create", name="beta", source="models:/alpha/1", run_id="", run_link="", description=""),
        versions("GET", "get-download-uri", name="beta", version="1"),
        versions("POST", "create", name="beta", source="models:/missing/1"),
        versions("POST", "create", name="beta", source="models:/alpha/9"),
    ]


def _stages() -> list[Call]:
    def move(**given: Any) -> Call:
        return versions("POST", "transition-stage", **given)

    return [
        move(name="alpha", version="1", stage="archived", archive_existing_versions=False),
        move(name="alpha", version="1", stage="None"),
        move(name="alpha", version="1", stage="nowhere"),
        move(name="alpha", version="9", stage="Archived"),
        move(name="alpha", version="1"),
        move(
            name="alpha",
            version="1",
            stage="Archived",
            archive_existing_versions=True,
            differs="its status is 500, after which clients try again",
            status_differs=True,
        ),
        models("POST", "get-latest-versions", name="alpha", stages=["None"]),
        models("POST", "get-latest-versions", name="alpha", stages=["nonsense"]),
        models("GET", "get", name="alpha"),
    ]


def _aliases() -> list[Call]:
    return [
        models("GET", "alias", name="alpha", alias="champion"),
        models("POST", "alias", name="alpha", alias="latest", version="1", differs="the words differ"),
        models("POST", "alias", name="alpha", alias="v1", version="1", differs="the words differ"),
        models("POST", "alias", name="alpha", alias="a b", version="1", differs="the words differ"),
        models("POST", "alias", name="alpha", alias="", version="1"),
        models("POST", "alias", name="alpha", alias="ok", version="9"),
        models("POST", "alias", name="missing", alias="ok", version="1"),
        models("DELETE", "alias", name="alpha", alias="never"),
        models("DELETE", "alias", name="missing", alias="never"),
        models("GET", "alias", name="missing", alias="ok"),
    ]


def _searches(source: str) -> list[Call]:
    names = [
        "name = 'alpha'",
        "name != 'alpha'",
        "name LIKE 'al%'",
        "name LIKE 'AL%'",
        "name ILIKE 'AL%'",
        "name ILIKE '%MODEL%'",
        "name IN ('alpha', 'beta')",
        "name = 'Wire model ü'",
    ]
    by_tag = [
        "tags.k = 'v'",
        "tag.k = 'v'",
        "tags.`k` != 'v'",
        "tags.\"k\" LIKE '%'",
        "tags.missing != 'x'",
        "tags.k = 'v' AND name LIKE 'a%'",
        "tag.`mlflow.prompt.is_prompt` != 'true'",
    ]
    wrong = [
        "name",
        "name =",
        "name = alpha",
        "name = 5",
        "nonsense = 'x'",
        "name = 'a' OR name = 'b'",
        "tags.k = 5",
        "name > 'a'",
        "params.x = '1'",
        "run_id = 'x'",
    ]
    found = [search_models(filter=text) for text in ["", *names, *by_tag]]
    refused = [search_models(filter=text, differs="the words differ") for text in wrong]
    ordered = [search_models(order_by=[text]) for text in ("name", "name ASC", "name DESC", "`name` desc")]
    of_versions = [
        "",
        "name = 'alpha'",
        "name = 'alpha' AND version_number = 1",
        "version_number > 1",
        "run_id = ''",
        "run_id IN ('x')",
        f"source_path = '{source}'",
        "source_path LIKE 's3://%/2'",
        "tags.a = '1'",
        "tags.a != '1'",
        "name IN ('beta')",
        "name LIKE '%a'",
        "version_number >= '1'",
    ]
    wrong_versions = [
        "nonsense = 'x'",
        "version_number LIKE '1'",
        "name = 'a' OR name = 'b'",
        "run_id > 'x'",
        "version_number = 'x'",
        "version_number = 1.5",
    ]
    order = ["name ASC", "version_number DESC"]
    return [
        *found,
        *refused,
        *ordered,
        search_models(filter="name = 'a' AND", differs="it takes what is cut short", status_differs=True),
        search_models(order_by=["nonsense"], differs="the words differ"),
        search_models(max_results=0, differs="it takes 0 for a page of nothing", status_differs=True),
        search_models(max_results=1001, differs="the words differ"),
        search_models(max_results="x", differs="the words differ"),
        search_models(page_token="nonsense", differs="its answer is a 500", status_differs=True),
        *[search_versions(filter=text, order_by=order) for text in of_versions],
        *[search_versions(filter=text, differs="the words differ") for text in wrong_versions],
        search_versions(order_by=["version_number ASC", "name DESC"]),
        search_versions(order_by=["nonsense"], differs="the words differ"),
        search_versions(max_results=200_001, differs="the words differ"),
        search_versions(max_results=200_000, order_by=order),
    ]


def _endings(source: str) -> list[Call]:
    return [
        versions("DELETE", "delete", name="alpha", version="2"),
        versions("DELETE", "delete", name="alpha", version="2"),
        versions("GET", "get", name="alpha", version="2"),
        versions("POST", "create", name="alpha", source=source),
        models("GET", "get", name="alpha"),
        versions("DELETE", "delete", name="missing", version="1"),
        models("DELETE", "delete", name="beta"),
        models("DELETE", "delete", name="beta"),
        models("GET", "get", name="beta"),
        versions("GET", "get", name="beta", version="1"),
        search_models(),
        models("GET", "nowhere", differs="its answer is a page of HTML"),
    ]


def send(base: str, call: Call) -> tuple[int, Json]:
    url = f"{base}/api/2.0/mlflow/{call.path}"
    given = {"params": call.given} if call.method == "GET" else {"json": call.given}
    answer = requests.request(call.method, url, timeout=30, **given)  # type: ignore[arg-type]
    is_json = "json" in answer.headers.get("content-type", "")
    return answer.status_code, answer.json() if is_json else {"text": answer.text[:200]}


#: Of each server itself, and of when it was asked.
OWN = {"creation_timestamp", "last_updated_timestamp", "user_id", "next_page_token", "sqlstate", "error_class"}


def plain(value: Any) -> Any:
    """Without what may differ; tags and aliases have no order."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in OWN}
    if isinstance(value, list):
        items = [plain(item) for item in value]
        return (
            sorted(items, key=str)
            if all("key" in item or "alias" in item for item in items if isinstance(item, dict))
            and items
            and isinstance(items[0], dict)
            else items
        )
    return value
