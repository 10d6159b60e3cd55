package coulis.spark;

import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.Type;

/** For columns whose values are asked for one at a time: Parquet wants to know who would take them otherwise. */
final class NoConverter extends GroupConverter {
  private final GroupType group;

  NoConverter(GroupType group) {
    this.group = group;
  }

  @Override
  public Converter getConverter(int index) {
    Type field = group.getType(index);
    return field.isPrimitive() ? new PrimitiveConverter() {} : new NoConverter(field.asGroupType());
  }

  @Override
  public void start() {}

  @Override
  public void end() {}
}
