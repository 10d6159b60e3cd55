package coulis.spark;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.TaskContext$;

/** Has ReadAhead read images of so many bytes, and prints the most bytes that waited behind the one that was asked for. */
public final class WhatWaits {
  private WhatWaits() {}

  public static void main(String... sizes) throws Exception {
    TaskContext$.MODULE$.setTaskContext(TaskContext$.MODULE$.empty());
    AtomicInteger next = new AtomicInteger();
    AtomicLong waiting = new AtomicLong();
    long most = 0;
    try (ReadAhead<Long> images = new ReadAhead<>(() -> next.get() == sizes.length ? null : Long.valueOf(sizes[next.getAndIncrement()]),
        new ReadAhead.Loader<Long>() {
          @Override
          public long held(Long size) {
            return 0;
          }

          @Override
          public byte[] load(Long size, ReadAhead.Room room) throws java.io.IOException {
            room.reserve(size);
            waiting.addAndGet(size);
            return new byte[0];
          }
        }, /*threads=*/ 8)) {
      for (ReadAhead.Content<Long> image = images.next(); image != null; image = images.next()) {
        waiting.addAndGet(-image.item);
        // Until nobody reads any more.
        for (long seen = -1; seen != waiting.get(); Thread.sleep(20)) seen = waiting.get();
        most = Math.max(most, waiting.get());
      }
    }
    System.out.println(most);
  }
}
