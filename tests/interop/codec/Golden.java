import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.Uuid;

/** Prints NAME VERSION HEX for every request and response in every version, filled by a fixed seed,
 *  as the Java client's own generated classes write them. */
public final class Golden {
    private static final Random RANDOM = new Random(43);

    public static void main(String[] args) throws Exception {
        for (ApiKeys api : ApiKeys.values()) {
            for (short version = api.messageType.lowestSupportedVersion();
                    version <= api.messageType.highestSupportedVersion(true); version++) {
                print(api.messageType.newRequest(), version);
                print(api.messageType.newResponse(), version);
            }
        }
    }

    /** Sets what the version can carry: a setter whose field it lacks is undone by starting anew. */
    private static void print(ApiMessage empty, short version) throws Exception {
        for (int round = 0; round < 3; round++) {
            ApiMessage message = (ApiMessage) fresh(empty.getClass());
            if (round > 0) {
                fill(message, version, round);
            }
            ByteBuffer bytes = write(message, version);
            if (bytes == null) {
                continue;
            }
            System.out.println(empty.getClass().getSimpleName().replaceAll("Data$", "") + " " + version + " "
                + HexFormat.of().formatHex(bytes.array(), 0, bytes.limit()));
        }
    }

    private static Object fresh(Class<?> type) throws Exception {
        Constructor<?> constructor = type.getDeclaredConstructor();
        constructor.setAccessible(true);
        return constructor.newInstance();
    }

    private static ByteBuffer write(Message message, short version) {
        try {
            ObjectSerializationCache cache = new ObjectSerializationCache();
            ByteBuffer bytes = ByteBuffer.allocate(message.size(cache, version));
            message.write(new ByteBufferAccessor(bytes), cache, version);
            bytes.flip();
            return bytes;
        } catch (RuntimeException e) {
            return null;
        }
    }

    /** One setter at a time; a value that the version cannot carry is put back to its default. */
    private static void fill(Message message, short version, int depth) throws Exception {
        Message defaults = (Message) fresh(message.getClass());
        for (Method setter : message.getClass().getMethods()) {
            if (!setter.getName().startsWith("set") || setter.getParameterCount() != 1
                    || setter.getName().equals("setTag")) {
                continue;
            }
            Object value = value(setter.getGenericParameterTypes()[0], version, depth);
            if (value == null) {
                continue;
            }
            setter.invoke(message, value);
            if (write(message, version) == null) {
                String getter = setter.getName().substring(3, 4).toLowerCase() + setter.getName().substring(4);
                setter.invoke(message, message.getClass().getMethod(getter).invoke(defaults));
            }
        }
    }

    private static Object value(Type type, short version, int depth) throws Exception {
        if (type == boolean.class) return RANDOM.nextBoolean();
        if (type == byte.class) return (byte) RANDOM.nextInt(100);
        if (type == short.class) return (short) RANDOM.nextInt(30000);
        if (type == int.class) return RANDOM.nextInt(60000);
        if (type == long.class) return RANDOM.nextLong();
        if (type == double.class) return RANDOM.nextDouble();
        if (type == String.class) return "s\u00e9" + RANDOM.nextInt(1000);
        if (type == Uuid.class) return new Uuid(RANDOM.nextLong(), RANDOM.nextLong());
        if (type == byte[].class) return new byte[] {1, 2, (byte) RANDOM.nextInt()};
        if (type == ByteBuffer.class) return ByteBuffer.wrap(new byte[] {9, (byte) RANDOM.nextInt()});
        if (type instanceof ParameterizedType list && List.class.isAssignableFrom((Class<?>) list.getRawType())) {
            List<Object> values = new ArrayList<>();
            for (int i = 0; i < depth; i++) {
                Object element = value(list.getActualTypeArguments()[0], version, depth);
                if (element == null) return null;
                values.add(element instanceof Number n && list.getActualTypeArguments()[0] == Integer.class ? n.intValue() : element);
            }
            return values;
        }
        if (type == Integer.class) return RANDOM.nextInt(60000);
        if (type == Long.class) return RANDOM.nextLong();
        if (type == Short.class) return (short) RANDOM.nextInt(30000);
        if (type == Byte.class) return (byte) RANDOM.nextInt(100);
        if (type instanceof Class<?> c && Message.class.isAssignableFrom(c)) {
            Message nested = (Message) fresh(c);
            fill(nested, version, depth);
            return nested;
        }
        return null;
    }
}
