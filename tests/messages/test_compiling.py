"""The compiler of the loops may be loaded beside other work."""

import subprocess
import sys

PROGRAM = """
import threading

import pyarrow as pa

from datecertain.messages.compiling import compile_meanwhile
from datecertain.tracking.item_rows import ItemRows, SomeNumbers

compile_meanwhile()
numbers = pa.array([f"EE{n:08d}0KR" for n in range(2_000)])
found = []
others = [threading.Thread(target=lambda: found.append(ItemRows(numbers).of(numbers).tolist()))
          for _ in range(3)]
for one in others:
    one.start()
for one in others:
    one.join()
assert found == [list(range(2_000))] * 3
odd = pa.table({"item_id": pa.chunked_array([["no number"], numbers[5:8], []], pa.string())})
some = SomeNumbers(numbers.take(pa.array([7, 3])))
assert some.of(odd)["item_id"].to_pylist() == ["EE000000070KR"]
assert some.ordered == ["EE000000030KR", "EE000000070KR"]
"""


def test_loaded_beside_while_several_threads_call_the_loops() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
