"""`python -m sandbox`: the outside world on 127.0.0.1, configured by the environment (see `sandbox.config`)."""

import uvicorn

from sandbox.app import create_app
from sandbox.config import IDLE_CONNECTION_S, config_from_environment, port_from_environment
from sandbox.stripe.books import seed_ids


def main() -> None:
    """Serve until told to stop."""
    config = config_from_environment()
    if config.seed is not None:
        seed_ids(config.seed)
    try:
        uvicorn.run(
            create_app(config),
            host="127.0.0.1",
            port=port_from_environment(),
            log_level="warning",
            access_log=False,
            timeout_keep_alive=IDLE_CONNECTION_S,
            timeout_graceful_shutdown=2,
        )
    finally:
        config.store.close()


if __name__ == "__main__":
    main()
