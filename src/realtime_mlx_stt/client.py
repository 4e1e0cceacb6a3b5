"""The client, where programs used to import it from."""

from realtime_mlx_stt.composition.public_api import STTClient, STTConfig, create_client

__all__ = ["STTClient", "STTConfig", "create_client"]
