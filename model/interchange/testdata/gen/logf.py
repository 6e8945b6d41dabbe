"""Prints the table of TestLogarithmHasTheBitsOfTheCLibrary: float32 numbers and logf of them, as bits. glibc 2.36 on amd64; musl gives the same. Run: python logf.py"""
import ctypes
import random
import struct

logf = ctypes.CDLL("libm.so.6").logf
logf.restype, logf.argtypes = ctypes.c_float, [ctypes.c_float]
bits = lambda x: struct.unpack("<I", struct.pack("<f", x))[0]
random.seed(1)
draws = [1e-45, 1e-39, 1.0, 3.4e38] + [random.random() * 2 for _ in range(30)] + [1 + random.gauss(0, 0.05) for _ in range(30)] + [10 ** random.uniform(-37, 38) for _ in range(16)]
for i in range(0, len(draws), 5):
    print("\t\t" + " ".join(f"{{0x{bits(x):08x}, 0x{bits(logf(ctypes.c_float(x))):08x}}}," for x in draws[i : i + 5]))
