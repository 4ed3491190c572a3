"""A model that is none: an OpenAI-compatible endpoint whose answers are fixed and take a fixed time."""

import argparse
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

READING = {"issue": "quality/malfunction", "others": [], "demands": [], "emotion": "calm", "risk_flags": []}
DRAFT = {"sentences": [{"text": "刚买的商品就不能正常用，耽误您的事了，实在抱歉。", "cites": []},
                       {"text": "我将赔您三倍。", "cites": []}]}  # fmt: skip
"""One sentence that may be said and one that may not."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    delay = 0.5

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        time.sleep(self.delay)
        fields = asked.get("response_format", {}).get("json_schema", {}).get("schema", {}).get("properties", {})
        text = json.dumps(READING if "issue" in fields else DRAFT, ensure_ascii=False)
        kind, body = ("text/event-stream", _stream(text)) if asked.get("stream") else ("application/json", _whole(text))
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def _whole(text: str) -> bytes:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    return json.dumps({
        "id": "1", "object": "chat.completion", "created": 1, "model": "stub", "choices": [choice],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }).encode()  # fmt: skip


def _stream(text: str) -> bytes:
    rows: list[dict[str, Any]] = [{"index": 0, "delta": {"content": text}, "finish_reason": None},
                                  {"index": 0, "delta": {}, "finish_reason": "stop"}]  # fmt: skip
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
    lines = [f"data: {json.dumps({**chunk, 'choices': [row]})}\n\n" for row in rows]
    return ("".join(lines) + "data: [DONE]\n\n").encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0.5, help="seconds until an answer")
    options = parser.parse_args()
    Handler.delay = options.delay
    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
