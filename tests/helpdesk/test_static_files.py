from __future__ import annotations

import pytest
from django.test import AsyncClient, Client


def test_a_static_file_comes_whole_with_its_headers(client: Client) -> None:
    answer = client.get("/static/css/tokens.css")
    assert answer.status_code == 200
    assert not answer.streaming
    assert answer["Content-Type"].startswith("text/css")
    assert int(answer["Content-Length"]) == len(answer.content) > 1000


def test_what_has_not_changed_is_not_sent_again(client: Client) -> None:
    first = client.get("/static/css/tokens.css")
    again = client.get("/static/css/tokens.css", headers={"If-Modified-Since": first["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_range_is_answered_with_that_part(client: Client) -> None:
    part = client.get("/static/css/tokens.css", headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)


@pytest.mark.asyncio
async def test_an_asgi_server_gets_it_without_a_warning(async_client: AsyncClient) -> None:
    assert (await async_client.get("/static/css/tokens.css")).status_code == 200
