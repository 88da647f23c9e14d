//! Compressed streams, gzip and Zstandard: read and written piece by piece, so that memory does not
//! grow with what they hold.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// gzip: one member or several.
    Gzip,
    /// Zstandard: one frame or several.
    Zstd,
}

impl Packing {
    /// What an extension without its point says.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "gz" => Some(Self::Gzip),
            "zst" => Some(Self::Zstd),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// Bytes that are read from a compressed stream at once.
const BUFFER: usize = 1 << 16;

/// The stream that a compressed one holds. One that is cut off or damaged ends in an error.
pub fn unpacked(input: impl Read + 'static, packing: Packing) -> Box<dyn Read> {
    let input = BufReader::with_capacity(BUFFER, input);
    let inner: Box<dyn Read> = match packing {
        Packing::Gzip => Box::new(MultiGzDecoder::new(input)),
        Packing::Zstd => {
            Box::new(Frames { input, decoder: FrameDecoder::new(), inside: false, any: false })
        }
    };
    Box::new(Unpacked { inner, packing, any: false })
}

/// Says of every error that it is one of the compressed data.
struct Unpacked {
    inner: Box<dyn Read>,
    packing: Packing,
    any: bool,
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let name = self.packing.name();
        match self.inner.read(buffer) {
            Ok(read) => {
                self.any |= read > 0;
                Ok(read)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                let text = if self.any { "is cut off" } else { "is cut off at its beginning" };
                Err(Error::new(
                    ErrorKind::InvalidData,
                    format!("the {name} data {text}: copy the file again"),
                ))
            }
            Err(error) => {
                let text = format!(
                    "the {name} data is damaged or none at all ({error}): copy the file again, or rename it if it is not compressed"
                );
                Err(Error::new(ErrorKind::InvalidData, text))
            }
        }
    }
}

/// The frames of a Zstandard stream, one behind the other.
struct Frames<R> {
    input: BufReader<R>,
    decoder: FrameDecoder,
    /// Whether a frame has begun and not ended.
    inside: bool,
    /// Whether any frame has begun: no bytes at all are no stream.
    any: bool,
}

impl<R: Read> Frames<R> {
    /// Begins the next frame; false at the end of the input.
    fn begin(&mut self) -> Result<bool> {
        if self.input.fill_buf()?.is_empty() {
            return if self.any { Ok(false) } else { Err(ErrorKind::UnexpectedEof.into()) };
        }
        self.any = true;
        match self.decoder.reset(&mut self.input) {
            Ok(()) => self.inside = true,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let length = u64::from(length);
                let skipped =
                    std::io::copy(&mut self.input.by_ref().take(length), &mut std::io::sink())?;
                if skipped < length {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
            }
            Err(error) => return Err(Error::other(error)),
        }
        Ok(true)
    }

    /// A frame was read to its end: its checksum must be that of what it held.
    fn end(&mut self) -> Result<()> {
        self.inside = false;
        let stated = self.decoder.get_checksum_from_data();
        if stated.is_some() && stated != self.decoder.get_calculated_checksum() {
            return Err(Error::other("its checksum is another one"));
        }
        Ok(())
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            if !self.inside {
                if !self.begin()? {
                    return Ok(0);
                }
                continue;
            }
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if self.decoder.is_finished() {
                self.end()?;
                continue;
            }
            if self.input.fill_buf()?.is_empty() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let one = BlockDecodingStrategy::UptoBlocks(1);
            self.decoder.decode_blocks(&mut self.input, one).map_err(Error::other)?;
        }
    }
}

/// Compresses what it is given, and gives back what is ready.
#[derive(Debug)]
pub enum Packer {
    /// A gzip member.
    Gzip(Box<GzEncoder<Vec<u8>>>),
    /// What the next Zstandard frame will hold; whether there was one.
    Zstd(Vec<u8>, bool),
}

/// Bytes of one Zstandard frame: each stands for itself, and more would not make them smaller.
const FRAME: usize = 1 << 20;

impl Packer {
    /// A packer without anything in it.
    pub fn new(packing: Packing) -> Self {
        match packing {
            Packing::Gzip => {
                Self::Gzip(Box::new(GzEncoder::new(Vec::new(), Compression::default())))
            }
            Packing::Zstd => Self::Zstd(Vec::new(), false),
        }
    }

    /// Takes bytes in; answers compressed ones, often none.
    pub fn pack(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Gzip(encoder) => {
                encoder.write_all(bytes)?;
                Ok(std::mem::take(encoder.get_mut()))
            }
            Self::Zstd(pending, any) => {
                pending.extend(bytes);
                if pending.len() < FRAME {
                    return Ok(Vec::new());
                }
                *any = true;
                Ok(frame(&std::mem::take(pending)))
            }
        }
    }

    /// The rest.
    pub fn finish(self) -> Result<Vec<u8>> {
        match self {
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(pending, true) if pending.is_empty() => Ok(Vec::new()),
            Self::Zstd(pending, _) => Ok(frame(&pending)),
        }
    }
}

fn frame(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}
