//! Somebody else's decoder of QR codes.

use pairpanel::display::Frame;

/// What is read in a photograph, if there is a code on it: three pixels of the camera for each of the
/// glass, which has a dark frame around it.
pub(crate) fn read(frame: &Frame) -> Option<String> {
    const ZOOM: usize = 3;
    const EDGE: usize = 8;
    let pixel = |x: usize, y: usize| {
        let inside = x.checked_sub(EDGE).zip(y.checked_sub(EDGE));
        inside.is_some_and(|(x, y)| x < frame.width() && y < frame.height() && frame.get(x, y))
    };
    let (width, height) = (ZOOM * (frame.width() + 2 * EDGE), ZOOM * (frame.height() + 2 * EDGE));
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        if pixel(x / ZOOM, y / ZOOM) { 255 } else { 0 }
    });
    match picture.detect_grids().as_slice() {
        [] => None,
        [grid] => Some(grid.decode().unwrap().1),
        grids => panic!("{} codes", grids.len()),
    }
}
