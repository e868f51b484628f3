import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.jar.JarFile;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * The other half of codec_tool, by Apache Kafka's own classes.
 *
 *   make SEED     a random and an untouched message of every version: "name version hex- json",
 *                 json "-" where Apache Kafka's text leaves out the records
 *   check         reads such lines made by klamm: reads, writes and prints each
 *   batches       record batches of every codec, hex, a line each
 *   records       reads such lines and prints the records, a line each
 *   errors        "NAME code retriable" of every error code
 *   apis          "name key forwardable", then "version:headers" (request's, response's)
 */
public class CodecOracle {
    static final HexFormat HEX = HexFormat.of();
    static final PrintStream OUT =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);

    /** Message classes by the name of their schema. */
    static Map<String, Class<?>> messages() throws Exception {
        Map<String, Class<?>> found = new TreeMap<>();
        for (String file : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!file.matches(".*/kafka[-_][^/]*\\.jar"))
                continue;
            try (JarFile jar = new JarFile(file)) {
                for (var entries = jar.entries(); entries.hasMoreElements();) {
                    String name = entries.nextElement().getName();
                    if (name.endsWith("JsonConverter.class") && !name.contains("$")) {
                        String path = name.replace("JsonConverter.class", "");
                        Class<?> type = Class.forName(path.replace('/', '.'));
                        String message = type.getSimpleName();
                        found.put(message.replaceAll("(Request|Response|Header)Data$", "$1"), type);
                    }
                }
            }
        }
        return found;
    }

    static Random random;

    static String text() {
        return random.ints(random.nextInt(9), 0, 27).map(i -> i == 26 ? '\u00e9' : 'a' + i)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    static ByteBuffer bytes() {
        byte[] b = new byte[random.nextInt(9)];
        random.nextBytes(b);
        return ByteBuffer.wrap(b);
    }

    static Object value(Type t) {
        if (t.isNullable() && random.nextInt(4) == 0)
            return null;
        if (t.arrayElementType().isPresent()) {
            Object[] v = new Object[random.nextInt(3)];
            for (int i = 0; i < v.length; i++)
                v[i] = value(t.arrayElementType().get());
            return v;
        }
        if (t instanceof Schema)
            return struct((Schema) t);
        if (t instanceof TaggedFields) {
            TreeMap<Integer, Object> v = new TreeMap<>();
            for (Map.Entry<Integer, Field> e : ((TaggedFields) t).fields().entrySet()) {
                Object tagged = value(e.getValue().type);
                // Apache Kafka's schemas write a tagged null struct as its messages cannot read it.
                if (tagged != null || !(e.getValue().type instanceof Schema))
                    v.put(e.getKey(), tagged);
            }
            return v;
        }
        return scalar(t.toString());
    }

    static Object scalar(String name) {
        if (name.contains("STRING"))
            return text();
        if (name.contains("BYTES"))
            return bytes();
        if (name.contains("RECORDS"))
            return MemoryRecords.readableRecords(bytes());
        switch (name) {
            case "BOOLEAN": return random.nextBoolean();
            case "INT8": return (byte) random.nextInt();
            case "INT16": return (short) random.nextInt();
            case "UINT16": return random.nextInt(65536);
            case "INT32": return random.nextInt();
            case "UINT32": return random.nextInt() & 0xffffffffL;
            case "INT64": return random.nextLong();
            case "FLOAT64": return random.nextInt(100000) + 0.5;
            case "UUID": return new Uuid(random.nextLong(), random.nextLong());
            default: throw new IllegalStateException("no value for " + name);
        }
    }

    static Struct struct(Schema s) {
        Struct v = new Struct(s);
        for (BoundField f : s.fields())
            v.set(f, value(f.def.type));
        return v;
    }

    static byte[] written(Message m, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer b = ByteBuffer.allocate(m.size(cache, version));
        m.write(new ByteBufferAccessor(b), cache, version);
        return b.array();
    }

    static String printed(Message m, short version) throws Exception {
        Class<?> converter = Class.forName(m.getClass().getName() + "JsonConverter");
        Method write = null;
        for (Method candidate : converter.getMethods())
            if (candidate.getName().equals("write") && candidate.getParameterCount() == 2)
                write = candidate;
        String text = ((JsonNode) write.invoke(null, m, version)).toString();
        return text.matches("(?s).*\"(records|unalignedRecords)\":\".*") ? "-" : text;
    }

    static Message read(Class<?> type, byte[] bytes, short version) throws Exception {
        Message m = (Message) type.getDeclaredConstructor().newInstance();
        ByteBuffer b = ByteBuffer.wrap(bytes);
        m.read(new ByteBufferAccessor(b), version);
        if (b.hasRemaining())
            throw new IllegalStateException(b.remaining() + " bytes left over");
        return m;
    }

    /** Random bytes by the schema; what is printed was read and written by the message class. */
    static void make(long seed) throws Exception {
        for (Map.Entry<String, Class<?>> e : messages().entrySet()) {
            if (e.getKey().startsWith("RemoteLog") || e.getKey().startsWith("RemotePartition"))
                continue;
            Schema[] schemas = (Schema[]) e.getValue().getField("SCHEMAS").get(null);
            for (short v = 0; v < schemas.length; v++) {
                if (schemas[v] == null)
                    continue;
                random = new Random(seed * 1000003 + e.getKey().hashCode() * 31L + v);
                Struct s = struct(schemas[v]);
                ByteBuffer b = ByteBuffer.allocate(s.sizeOf());
                s.writeTo(b);
                print(e.getKey(), read(e.getValue(), b.array(), v), v);
                print(e.getKey(), (Message) e.getValue().getDeclaredConstructor().newInstance(), v);
            }
        }
    }

    /** Nothing for a message that this version cannot carry, as an untouched one with a null may be. */
    static void print(String name, Message m, short version) throws Exception {
        byte[] bytes;
        try {
            bytes = written(m, version);
        } catch (NullPointerException | UnsupportedVersionException e) {
            return;
        }
        OUT.println(name + " " + version + " " + HEX.formatHex(bytes) + "- " + printed(m, version));
    }

    static void check() throws Exception {
        Map<String, Class<?>> types = messages();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        int good = 0, bad = 0;
        for (String line; (line = in.readLine()) != null;) {
            String[] part = line.split(" ", 4);
            String hex = part[2].substring(0, part[2].length() - 1), fault = null;
            try {
                short version = Short.parseShort(part[1]);
                Message m = read(types.get(part[0]), HEX.parseHex(hex), version);
                String json = printed(m, version);
                if (!HEX.formatHex(written(m, version)).equals(hex))
                    fault = "writes other bytes";
                else if (!json.equals("-") && !json.equals(part[3]))
                    fault = "prints " + json + "\n  klamm: " + part[3];
            } catch (Exception e) {
                fault = e.toString();
            }
            if (fault != null)
                OUT.println(part[0] + " v" + part[1] + ": Apache Kafka " + fault);
            good += fault == null ? 1 : 0;
            bad += fault == null ? 0 : 1;
        }
        OUT.println(good + " agree, " + bad + " differ");
        OUT.flush();
        System.exit(bad > 0 || good == 0 ? 1 : 0);
    }

    static void batches() {
        for (CompressionType type : CompressionType.values()) {
            for (int count : new int[] {1, 2, 22, 222, 2222}) {
                MemoryRecordsBuilder b = MemoryRecords.builder(ByteBuffer.allocate(1 << 20),
                    RecordBatch.MAGIC_VALUE_V2, Compression.of(type).build(), TimestampType.CREATE_TIME, 1000L, 0L,
                    RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_PRODUCER_EPOCH, RecordBatch.NO_SEQUENCE, false, false,
                    5);
                for (int i = 0; i < count; i++)
                    b.append(1700000000000L + i % 7, i % 3 == 0 ? null : "key".substring(0, i % 3).getBytes(),
                        ("value " + i * 7919).getBytes(), headers(i % 3));
                ByteBuffer bytes = b.build().buffer();
                byte[] copy = new byte[bytes.remaining()];
                bytes.get(copy);
                OUT.println(HEX.formatHex(copy));
            }
        }
    }

    static Header[] headers(int n) {
        return Arrays.copyOf(new Header[] {
            new RecordHeader("h", "v".getBytes()), new RecordHeader("null", (byte[]) null)}, n);
    }

    static String part(ByteBuffer b) {
        return b == null ? " null" : " " + StandardCharsets.UTF_8.decode(b.duplicate()) + ".";
    }

    static void records() throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null;) {
            for (RecordBatch b : MemoryRecords.readableRecords(ByteBuffer.wrap(HEX.parseHex(line))).batches()) {
                b.ensureValid();
                OUT.println("batch " + b.compressionType().name + " " + b.baseOffset() + " " + b.lastOffset() + " "
                    + b.partitionLeaderEpoch() + " " + b.countOrNull() + " " + b.maxTimestamp());
                for (Record r : b) {
                    StringBuilder s = new StringBuilder(r.offset() + " " + r.timestamp() + part(r.key()) + part(r.value()));
                    for (Header h : r.headers())
                        s.append(" " + h.key() + "." + part(h.value() == null ? null : ByteBuffer.wrap(h.value())));
                    OUT.println(s);
                }
            }
        }
    }

    static void errors() {
        for (Errors e : Errors.values())
            OUT.println(e.name() + " " + e.code() + " " + (e.exception() instanceof RetriableException));
    }

    static void apis() {
        for (ApiKeys k : ApiKeys.values()) {
            if (!k.hasValidVersion())
                continue;
            StringBuilder s = new StringBuilder(k.name + " " + k.id + " " + k.forwardable);
            for (short v = k.oldestVersion(); v <= k.latestVersion(); v++)
                s.append(" " + v + ":" + k.requestHeaderVersion(v) + k.responseHeaderVersion(v));
            OUT.println(s);
        }
    }

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "make": make(Long.parseLong(args[1])); break;
            case "check": check(); break;
            case "batches": batches(); break;
            case "records": records(); break;
            case "errors": errors(); break;
            case "apis": apis(); break;
            default: throw new IllegalArgumentException(args[0]);
        }
        OUT.flush();
    }
}
