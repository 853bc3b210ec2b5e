from collections.abc import Iterator

import pytest
import redis


@pytest.fixture(scope="module")
def probes_known(live_database: str, valkey: str) -> Iterator[None]:
    """The kinds of `probes` are known in this process, and nothing is left in the broker."""
    from crm_project.workflow import jobs, nudge  # only once Django is set up
    from tests.live import probes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "_kinds", dict(jobs.kinds()))
        probes.register()
        redis.Redis.from_url(valkey).flushall()
        nudge.forget()
        yield
