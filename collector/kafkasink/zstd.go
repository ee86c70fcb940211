package kafkasink

import (
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/segmentio/kafka-go/compress"
	kafkazstd "github.com/segmentio/kafka-go/compress/zstd"
)

// window is as far as a match may lie back. kafka-go's own encoders keep 8 MiB twice
// for each partition that is written to, more than all else a collector holds.
const window = 256 << 10

// idle encoders are kept; under load there are as many as partitions.
const idle = 2

// codec compresses in little memory. What it writes is ordinary zstd.
type codec struct {
	kafkazstd.Codec
	free chan *zstd.Encoder
}

func init() {
	compress.Codecs[compress.Zstd] = &codec{free: make(chan *zstd.Encoder, idle)}
}

// NewWriter implements compress.Codec.
func (c *codec) NewWriter(w io.Writer) io.WriteCloser {
	select {
	case e := <-c.free:
		e.Reset(w)
		return &compressing{e, c}
	default:
	}
	e, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(window),
		zstd.WithLowerEncoderMem(true), zstd.WithEncoderConcurrency(1), zstd.WithZeroFrames(true))
	if err != nil {
		panic(err) // an option is wrong
	}
	return &compressing{e, c}
}

// compressing is an encoder on its way.
type compressing struct {
	*zstd.Encoder
	codec *codec
}

// Close ends the frame.
func (c *compressing) Close() error {
	err := c.Encoder.Close()
	c.Reset(nil)
	select {
	case c.codec.free <- c.Encoder:
	default:
	}
	return err
}
