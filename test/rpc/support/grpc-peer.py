"""A server and a client of gRPC's C core. Commands come as lines of JSON, and so goes what becomes of them."""

import json
import sys
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, message_factory

FIELD = descriptor_pb2.FieldDescriptorProto
FILE = descriptor_pb2.FileDescriptorProto(name="greet.proto", package="greet", syntax="proto3")
for message, fields in {
    "HelloRequest": {"name": FIELD.TYPE_STRING, "number": FIELD.TYPE_INT64},
    "HelloReply": {"message": FIELD.TYPE_STRING, "number": FIELD.TYPE_INT64},
}.items():
    described = FILE.message_type.add(name=message)
    for place, (field, kind) in enumerate(fields.items(), 1):
        described.field.add(name=field, number=place, type=kind, label=FIELD.LABEL_OPTIONAL)
MESSAGES = message_factory.GetMessages([FILE])
Request, Reply = MESSAGES["greet.HelloRequest"], MESSAGES["greet.HelloReply"]

CODES = {code.value[0]: code for code in grpc.StatusCode}
RETRYING = {
    "methodConfig": [
        {
            "name": [{"service": "greet.Greeter"}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.01s",
                "maxBackoff": "0.05s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}
servers, channels, calls = {}, {}, {}
released = threading.Event()
writing = threading.Lock()


def tell(**what):
    with writing:
        print(json.dumps(what), flush=True)


def texts(metadata):
    return {key: value for key, value in metadata or () if isinstance(value, str)}


def hello(server):
    """Does what the metadata of the call ask for."""

    def answer(request, context):
        asked = texts(context.invocation_metadata())
        tell(event="ran", server=server, name=request.name, metadata=asked,
             left=min(context.time_remaining() or 1e9, 1e9), at=time.monotonic() * 1000)
        if "hold" in asked:
            while context.is_active() and not released.wait(0.01):
                pass
            if not context.is_active():
                tell(event="cancelled", server=server, name=request.name)
        attempts_before = int(asked.get("grpc-previous-rpc-attempts", "0"))
        if "status" in asked and attempts_before < int(asked.get("times", "99")):
            if "pushback" in asked:
                context.set_trailing_metadata((("grpc-retry-pushback-ms", asked["pushback"]),))
            context.abort(CODES[int(asked["status"])], request.name)
        context.send_initial_metadata((("tenant-seen", asked.get("tenant", "")),))
        text = "x" * int(asked["bytes"]) if "bytes" in asked else f"Hello, {request.name}!"
        return Reply(message=text, number=request.number + 1)

    return grpc.unary_unary_rpc_method_handler(answer, Request.FromString, Reply.SerializeToString)


def serve(name, port=0, tls=None):
    server = grpc.server(futures.ThreadPoolExecutor(16), options=[("grpc.so_reuseport", 0)])
    methods = {method: hello(name) for method in ("Greet", "Book")}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("greet.Greeter", methods),))
    address = f"127.0.0.1:{port}"
    if tls is None:
        bound = server.add_insecure_port(address)
    else:
        pair = (open(tls["key"], "rb").read(), open(tls["cert"], "rb").read())
        bound = server.add_secure_port(address, grpc.ssl_server_credentials([pair]))
    server.start()
    servers[name] = server
    return {"port": bound}


def stop(name, grace):
    """Answered when it has stopped."""
    return {"isStopped": servers.pop(name).stop(grace).wait()}


def look():
    return {}


def release():
    released.set()
    return {}


def reset():
    """Ends all servers and clients."""
    for server in servers.values():
        server.stop(0).wait()
    for channel in channels.values():
        channel.close()
    servers.clear()
    channels.clear()
    released.clear()
    return {}


def dial(name, target, ca=None, options=()):
    given = [*map(tuple, options), ("grpc.service_config", json.dumps(RETRYING))]
    if ca is None:
        channels[name] = grpc.insecure_channel(target, given)
    else:
        trust = grpc.ssl_channel_credentials(open(ca, "rb").read())
        channels[name] = grpc.secure_channel(target, trust, given)
    return {}


def call(channel, tag, method="Greet", name="", number="0", metadata=(), timeout=60):
    """Answered when the call has ended."""
    method = channels[channel].unary_unary(f"/greet.Greeter/{method}", Request.SerializeToString, Reply.FromString)
    calls[tag] = method.future(Request(name=name, number=int(number)), timeout, tuple(map(tuple, metadata)))
    ended = threading.Event()
    calls[tag].add_done_callback(lambda _: ended.set())
    ended.wait()
    past = calls.pop(tag)
    reply = past.result() if past.code() is grpc.StatusCode.OK else Reply()
    return {"code": past.code().value[0], "details": past.details(), "message": reply.message,
            "number": str(reply.number), "headers": texts(past.initial_metadata()),
            "trailers": texts(past.trailing_metadata())}


def cancel(tag):
    return {"isCancelled": calls[tag].cancel()}


DOES = {does.__name__: does for does in (serve, stop, look, release, reset, dial, call, cancel)}


def obey(id, does, **given):
    try:
        tell(id=id, **DOES[does](**given))
    except BaseException as failure:
        tell(id=id, failure=repr(failure))


for line in sys.stdin:
    threading.Thread(target=obey, kwargs=json.loads(line), daemon=True).start()
reset()
