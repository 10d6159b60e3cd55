package coulis.spark;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopCodecs;

/** Parquet's codecs, for pages of a bounded size: memory is asked for as a page's header says, whatever it says. */
final class BoundedCodecs implements CompressionCodecFactory {
  private final CompressionCodecFactory codecs;
  private final long most;

  /** @param most bytes of a page */
  BoundedCodecs(long most, Configuration hadoop) {
    codecs = HadoopCodecs.newFactory(hadoop, 0);
    this.most = most;
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName name) {
    return codecs.getCompressor(name);
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
    BytesInputDecompressor codec = codecs.getDecompressor(name);
    return new BytesInputDecompressor() {
      @Override
      public BytesInput decompress(BytesInput bytes, int size) throws IOException {
        check(size);
        return codec.decompress(bytes, size);
      }

      @Override
      public void decompress(ByteBuffer input, int packed, ByteBuffer output, int size) throws IOException {
        check(size);
        codec.decompress(input, packed, output, size);
      }

      @Override
      public void release() {
        codec.release();
      }
    };
  }

  @Override
  public void release() {
    codecs.release();
  }

  private void check(int size) throws IOException {
    if (size < 0 || size > most) throw new IOException("a page says that it has " + Integer.toUnsignedString(size) + " bytes");
  }
}
