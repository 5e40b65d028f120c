"""The random numbers of xaigrid, for libraries to be handed: Philox4x32-10 as libs/tensor/src/random has it, in Python."""

import math

import numpy as np

MASK = 0xFFFFFFFF

# The stream of the noise that moves samples (libs/metrics/src/random-streams.ts).
NOISE = 0x3E75


def philox(counter, key):
    """Four 32-bit words (Salmon et al. 2011)."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        product0, product1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (product1 >> 32) ^ c1 ^ k0, product1 & MASK, (product0 >> 32) ^ c3 ^ k1, product0 & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return c0, c1, c2, c3


def uniforms(seed, sample, stream):
    """Uniform in [0, 1), 53 bits each, without end."""
    block = 0
    while True:
        words = philox((block, sample, stream, 0), (seed & MASK, seed >> 32))
        block += 1
        for high, low in ((words[0], words[1]), (words[2], words[3])):
            yield ((high >> 5) * 2**26 + (low >> 6)) / 2**53


class SampleRandom:
    """As `sampleRandom` of libs/tensor: uniform numbers, whole numbers and choices, all from one sequence of words."""

    def __init__(self, seed, sample, stream):
        self.seed, self.sample, self.stream = seed, sample, stream
        self.block, self.words = 0, []

    def word(self):
        if not self.words:
            self.words = list(philox((self.block, self.sample, self.stream, 0), (self.seed & MASK, self.seed >> 32)))
            self.block += 1
        return self.words.pop(0)

    def uniform(self):
        return ((self.word() >> 5) * 2**26 + (self.word() >> 6)) / 2**53

    def integer(self, n):
        limit = 2**32 - 2**32 % n
        while True:
            value = self.word()
            if value < limit:
                return value % n

    def choice(self, n, count):
        """`count` of the numbers below n: the first steps of Fisher and Yates' shuffle."""
        numbers = list(range(n))
        for place in range(count):
            other = place + self.integer(n - place)
            numbers[place], numbers[other] = numbers[other], numbers[place]
        return numbers[:count]


def normals(numbers, count):
    """`count` standard normal numbers, two of two uniform ones (Box & Muller 1958)."""
    found = []
    while len(found) < count:
        radius = math.sqrt(-2 * math.log(1 - next(numbers)))
        angle = 2 * math.pi * next(numbers)
        found += [radius * math.cos(angle), radius * math.sin(angle)]
    return found[:count]


def rounded(values):
    """As xaigrid stores them: float32, here in float64."""
    return np.asarray(values, dtype=np.float64).astype(np.float32).astype(np.float64)
