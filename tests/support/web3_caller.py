"""Asks a JSON-RPC server with web3.py, as a program of an office would; run in the clients' own environment.

Standard input: `{"url", "token", "origin"?, "steps": [[name, method of w3.eth or "call" or "send", arguments...], ...], "abi"?,
"contract"?}`. Standard output: `{name: result}`, an error as `{"error": class, "text", "code"?}`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from eth_account import Account
from hexbytes import HexBytes
from web3 import Web3
from web3.datastructures import AttributeDict
from web3.middleware import ExtraDataToPOAMiddleware


def plain(value: Any) -> Any:
    """Give what JSON can hold."""
    if isinstance(value, (AttributeDict, dict)):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (HexBytes, bytes)):
        return "0x" + bytes(value).hex()
    return value


def main() -> None:
    """Ask, print."""
    asked = json.load(sys.stdin)
    headers = {"Authorization": f"Bearer {asked['token']}"} if asked.get("token") else {}
    headers |= {"Origin": asked["origin"]} if asked.get("origin") else {}
    # Nothing is asked twice behind the back of a test.
    provider = Web3.HTTPProvider(
        asked["url"], request_kwargs={"headers": headers, "timeout": 30}, exception_retry_configuration=None
    )
    w3 = Web3(provider)
    # As for every network of this kind: the seals make extraData longer than web3 allows.
    w3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    print(json.dumps({name: step(w3, asked, what, given) for name, what, *given in asked["steps"]}))


def step(w3: Web3, asked: dict[str, Any], what: str, given: list[Any]) -> Any:
    try:
        return plain(answer(w3, asked, what, given))
    except Exception as error:
        found = {"error": type(error).__name__, "text": str(error)[:500]}
        response = getattr(error, "rpc_response", None)
        return found | ({"code": response["error"]["code"]} if response else {})


def answer(w3: Web3, asked: dict[str, Any], what: str, given: list[Any]) -> Any:
    if what == "call":
        contract = w3.eth.contract(Web3.to_checksum_address(asked["contract"]), abi=asked["abi"])
        name, *arguments = given
        return contract.functions[name](
            *(Web3.to_checksum_address(one) if isinstance(one, str) and len(one) == 42 else one for one in arguments)
        ).call()
    if what == "send":
        # Signs a transfer, sends it, waits until it is proven to be in a block.
        secret, to, value = given
        official = Account.from_key(secret)
        fields = {"to": Web3.to_checksum_address(to), "value": value, "gas": 21000, "gasPrice": 0,
                  "nonce": w3.eth.get_transaction_count(official.address), "chainId": w3.eth.chain_id}  # fmt: skip
        name = w3.eth.send_raw_transaction(official.sign_transaction(fields).raw_transaction)
        return w3.eth.wait_for_transaction_receipt(name, timeout=30, poll_latency=0.2)
    if what == "connected":
        return w3.is_connected(show_traceback=True)
    found = getattr(w3.eth, what.removeprefix("eth_"))
    return found(*given) if callable(found) else found


if __name__ == "__main__":
    main()
