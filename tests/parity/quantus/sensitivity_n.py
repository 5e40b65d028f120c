"""What SensitivityN correlates on the small network: sensitivity_n.json, beside this file.

Quantus correlates over the samples of a batch, step by step (`across`). `within` is SciPy's correlation of the same numbers over the
steps of each sample.
"""

import quantus
import scipy.stats
from network import channels_last
from small_samples import CHANNELS, HEIGHT, QUIET, WIDTH, draw_maps, scored, write


class Remembered(quantus.SensitivityN):
    def custom_postprocess(self, **kwargs):
        (self.found,) = self.evaluation_scores
        super().custom_postprocess(**kwargs)


def case(channels, target, step):
    maps = draw_maps(channels)
    metric = Remembered(features_in_step=step, return_aggregate=False, **QUIET)
    scored(metric, maps, target)
    steps = int(0.8 * HEIGHT * WIDTH // step)
    sums, deltas = metric.found["att_sums"][:, :steps], metric.found["pred_deltas"][:, :steps]
    return {
        "target": target,
        "step": step,
        "maps": channels_last(maps),
        "sums": sums.tolist(),
        "deltas": deltas.tolist(),
        "across": [float(score) for score in metric.evaluation_scores],
        "scores": scipy.stats.pearsonr(deltas, sums, axis=1).statistic.tolist(),
    }


# A map of one channel ties within each position, where Quantus has the order that argsort leaves.
write(__file__, [case(CHANNELS, target, step) for target in ("logit", "probability") for step in (1, 4)])
