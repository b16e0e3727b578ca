"""The verdicts of websockets for Python on streams of octets; see README.md."""

import json
import sys

from websockets.frames import CloseCode, Opcode
from websockets.protocol import CLIENT, SERVER, Protocol
from websockets.sync.messages import Assembler


def verdict(sender, limit, octets):
    protocol = Protocol(SERVER if sender == "client" else CLIENT, max_size=limit)
    protocol.receive_data(octets)
    protocol.receive_eof()
    received, messages = [], Assembler()
    opcode = None
    for frame in protocol.events_received():
        if frame.opcode in (Opcode.CLOSE, Opcode.PING, Opcode.PONG):
            received.append((frame.opcode, bytes(frame.data).hex()))
            continue
        # As its connections do: frames are put, messages are got.
        messages.put(frame)
        opcode = opcode or frame.opcode
        if not frame.fin:
            continue
        try:
            message = messages.get(timeout=0)
        except UnicodeDecodeError:
            return received, CloseCode.INVALID_DATA
        payload = message.encode() if isinstance(message, str) else bytes(message)
        received.append((opcode, payload.hex()))
        opcode = None
    if protocol.parser_exc is None:
        return received, "closed"
    if isinstance(protocol.parser_exc, EOFError):
        return received, "unfinished"
    return received, protocol.close_sent.code


if __name__ == "__main__":
    for line in sys.stdin:
        case = json.loads(line)
        received, end = verdict(case["from"], case["limit"], bytes.fromhex(case["octets"]))
        print(json.dumps({"received": received, "end": end}), flush=True)
