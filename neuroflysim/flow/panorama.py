"""A picture that repeats on all sides, as it is seen through the Gaussian of the eye, anywhere."""

from __future__ import annotations

import numpy as np

from neuroflysim.stimulus.image_sampling import WIDTH_OF_GAUSSIAN

#: Texels (samples of the blurred picture) to the acceptance angle, at least. The Gaussian leaves
#: exp(-18) of the finest grating that such texels hold, so that nothing is lost.
TEXELS_TO_ACCEPTANCE = 4.5


class Panorama:
    """What a column sees of a picture that repeats, for any direction it may look in.

    `Eye.sample` sees the same, one place of the picture at a time. Here the picture is blurred
    once, by Fourier transform, and then read off wherever it is needed, by cubic splines. These are
    smooth, and wrong by 2e-4 at most.

    Parameters
    ----------
    picture : ndarray of float, shape (height, width)
        Its first row is the highest. Pixels are squares of one luminance.
    degrees_per_pixel : float
    acceptance_angle : float, degrees
        Full width at half maximum of the Gaussian.

    Examples
    --------
    >>> stripes = Panorama(np.tile([1.0, 0.0], (20, 10)).repeat(10, axis=1), 1.0, 5.0)
    >>> stripes.at(np.array([5.0, 15.0, 0.0]), np.zeros(3)).round(2).tolist()
    [0.98, 0.02, 0.5]
    """

    def __init__(self, picture: np.ndarray, degrees_per_pixel: float, acceptance_angle: float):
        coarsest = acceptance_angle / TEXELS_TO_ACCEPTANCE
        parts = max(1, int(np.ceil(degrees_per_pixel / coarsest)))
        if parts > 1:
            picture = picture.repeat(parts, axis=0).repeat(parts, axis=1)
        self._pixel = degrees_per_pixel / parts
        self.size = np.array(picture.shape) * self._pixel
        #: Texels down and across.
        self.shape = tuple(
            min(n, max(4, 2 * int(np.ceil(size / coarsest / 2))))
            for n, size in zip(picture.shape, self.size, strict=True)
        )
        spectrum = _cut(np.fft.rfft2(picture), picture.shape, self.shape)
        spectrum *= np.prod(self.shape) / picture.size
        for axis, frequencies in enumerate((np.fft.fftfreq, np.fft.rfftfreq)):
            cycles = frequencies(self.shape[axis], 1 / self.shape[axis])
            frequency = cycles / self.size[axis]
            # a pixel is a square, and the eye a Gaussian
            sigma = acceptance_angle / WIDTH_OF_GAUSSIAN
            seen = np.sinc(frequency * self._pixel) * np.exp(-2 * (np.pi * sigma * frequency) ** 2)
            # from values at the texels to the coefficients of the cubic spline through them
            spline = (2 + np.cos(2 * np.pi * cycles / self.shape[axis])) / 3
            spectrum *= np.expand_dims(seen / spline, 1 - axis)
        self._coefficients = np.fft.irfft2(spectrum, self.shape)

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return what is seen in the directions x (to the right) and y (up), in degrees.

        Parameters
        ----------
        x, y : ndarray of float, of one shape
            (0, 0) is the middle of the picture.

        Returns
        -------
        ndarray of float
        """
        from scipy.ndimage import map_coordinates  # here: the import takes a third of a second

        # the first texel lies in the middle of the first pixel
        down, across = (self.size - self._pixel) / 2
        places = [(down - y) / self.size[0], (across + x) / self.size[1]]
        places = [np.mod(place, 1) * n for place, n in zip(places, self.shape, strict=True)]
        return map_coordinates(
            self._coefficients, np.stack(places), order=3, mode="grid-wrap", prefilter=False
        )


def _cut(spectrum: np.ndarray, shape: tuple[int, int], smaller: tuple[int, int]) -> np.ndarray:
    """Return the low frequencies of a spectrum of rfft2: those of a coarser picture."""
    if smaller[0] < shape[0]:
        half = smaller[0] // 2
        spectrum = np.concatenate([spectrum[:half], spectrum[half - smaller[0] :]])
    return spectrum[:, : smaller[1] // 2 + 1].copy()
