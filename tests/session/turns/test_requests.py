"""The queue for ``response.create``, without a socket."""

from __future__ import annotations

from rtwidgets.protocol.items import Response
from rtwidgets.session.turns.requests import TAG, Request, RequestQueue


class World:
    """A server as the queue sees it: one response at a time."""

    def __init__(self) -> None:
        self.active = False
        self.asked: list[str] = []
        self.queue = RequestQueue(lambda: self.active)

    def request(self, name: str, **settings: object) -> Request:
        def ask() -> str:
            self.asked.append(name)
            return f"event of {name}"

        return Request(ask, **settings)  # type: ignore[arg-type]

    def created(self, tag: str | None = None) -> Request | None:
        self.active = True
        metadata = None if tag is None else {TAG: tag}
        return self.queue.created(Response(id="resp_1", status="in_progress", metadata=metadata))

    def ended(self) -> None:
        self.active = False
        self.queue.ended()


def test_one_at_a_time() -> None:
    world = World()
    one, two = world.request("one"), world.request("two")
    world.queue.submit(one)
    world.queue.submit(two)
    assert world.asked == ["one"]
    assert world.created() is one
    world.queue.release(one)
    assert world.asked == ["one"]  # its response is still active
    world.ended()
    assert world.asked == ["one", "two"]


def test_nothing_is_asked_while_the_server_answers_somebody() -> None:
    world = World()
    world.active = True
    world.queue.submit(world.request("one"))
    assert world.asked == [] and world.queue.current is None
    world.ended()
    assert world.asked == ["one"]


def test_what_comes_before_begins_when_its_turn_comes() -> None:
    world, begun = World(), []
    slow = world.request("slow", begin=lambda: begun.append("slow"))
    next_ = world.request("next", begin=lambda: begun.append("next"))
    world.queue.submit(slow)
    world.queue.submit(next_)
    assert begun == ["slow"] and world.asked == []
    world.queue.set_ready(slow)
    assert world.asked == ["slow"] and begun == ["slow"]
    world.created()
    world.active = False
    world.queue.release(slow)
    assert begun == ["slow", "next"]


def test_begin_may_be_ready_at_once() -> None:
    world = World()
    request = world.request("one")
    request.begin, request.ready = lambda: world.queue.set_ready(request), False
    world.queue.submit(request)
    assert world.asked == ["one"]


def test_refused_and_asked_again_when_the_other_ends() -> None:
    world = World()
    request = world.request("one")
    world.queue.submit(request)
    world.active = True
    assert world.queue.refused("event of somebody") is None
    assert world.queue.refused("event of one") is request
    world.active = False
    world.queue.pump()
    assert world.asked == ["one"]  # held until the other's end is seen
    world.ended()
    assert world.asked == ["one", "one"]


def test_tags_tell_whose_response_it_is() -> None:
    world = World()
    request = world.request("one", tag="turn_1")
    world.queue.submit(request)
    world.queue.echoes = True
    assert world.created() is None  # a server that repeats tags made this one itself
    assert world.created("turn_9") is None
    assert world.created("turn_1") is request
    assert world.created("turn_1") is None  # only once


def test_a_server_that_never_repeats_tags() -> None:
    world = World()
    request = world.request("one", tag="turn_1")
    world.queue.submit(request)
    assert world.created() is request


def test_what_was_given_up_leaves_the_queue() -> None:
    world = World()
    requests = [world.request(str(n)) for n in range(3)]
    for request in requests:
        world.queue.submit(request)
    world.queue.release(requests[1])
    world.created()
    world.ended()
    world.queue.release(requests[0])
    assert world.asked == ["0", "2"]
    world.queue.clear()
    assert world.queue.current is None


def test_a_response_that_was_given_up_is_owed() -> None:
    world, owing = World(), []
    world.queue.owing = owing.append
    one, two = world.request("one"), world.request("two")
    world.queue.submit(one)
    world.queue.submit(two)
    world.queue.release(one)  # asked, not answered yet
    assert world.asked == ["one"] and owing == [one]
    assert world.created() is None  # it is nobody's
    world.ended()
    assert world.asked == ["one", "two"] and world.created() is two


def test_what_is_owed_is_forgiven() -> None:
    for answer in ("event of one", None, "the request"):
        world = World()
        one, two = world.request("one"), world.request("two")
        world.queue.submit(one)
        world.queue.submit(two)
        world.queue.release(one)
        world.queue.forgive("event of somebody")
        assert world.asked == ["one"]
        world.queue.forgive(one if answer == "the request" else answer)
        assert world.asked == ["one", "two"]


def test_a_tagged_response_is_not_what_is_owed() -> None:
    world = World()
    world.queue.echoes = True
    one = world.request("one", tag="turn_1")
    world.queue.submit(one)
    world.queue.release(one)
    assert world.created() is None and world.queue.owed is one  # the server's own
    world.ended()
    assert world.created("turn_1") is None and world.queue.owed is None
