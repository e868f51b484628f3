import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;

/**
 * Requests in JSON, one a line, sent as they are; the answers in JSON, by Apache Kafka's own classes.
 *
 *   HOST:PORT CONNECTION API_NAME VERSION JSON     ->  the response's JSON
 *   HOST:PORT CONNECTION API_NAME VERSION! JSON    ->  "sent": the answer is read by the next line
 *   HOST:PORT CONNECTION read                      ->  the oldest answer that was not read
 *
 * CONNECTION names one connection: requests that wait for others need one of their own.
 */
public class GroupTool {
    record Sent(ApiKeys api, short version) { }

    static final class Link {
        final Socket socket;
        final java.util.ArrayDeque<Sent> open = new java.util.ArrayDeque<>();

        Link(String address) throws Exception {
            String[] part = address.split(":");
            socket = new Socket(part[0], Integer.parseInt(part[1]));
            socket.setSoTimeout(60000);
        }
    }

    static final Map<String, Link> LINKS = new HashMap<>();
    static int correlation = 0;

    static Class<?> converter(ApiKeys api, String suffix) throws Exception {
        return Class.forName("org.apache.kafka.common.message." + api.name + suffix + "DataJsonConverter");
    }

    static void send(Link link, ApiKeys api, short version, JsonNode json, String client) throws Exception {
        ApiMessage body = null;
        for (var m : converter(api, "Request").getMethods())
            if (m.getName().equals("read"))
                body = (ApiMessage) m.invoke(null, json, version);
        RequestHeaderData header = new RequestHeaderData().setRequestApiKey(api.id).setRequestApiVersion(version)
            .setCorrelationId(correlation++).setClientId(client);
        short headerVersion = api.requestHeaderVersion(version);
        ObjectSerializationCache cache = new ObjectSerializationCache();
        int size = header.size(cache, headerVersion) + body.size(cache, version);
        ByteBuffer buffer = ByteBuffer.allocate(size);
        header.write(new ByteBufferAccessor(buffer), cache, headerVersion);
        body.write(new ByteBufferAccessor(buffer), cache, version);
        DataOutputStream out = new DataOutputStream(link.socket.getOutputStream());
        out.writeInt(size);
        out.write(buffer.array());
        out.flush();
        link.open.add(new Sent(api, version));
    }

    static String receive(Link link) throws Exception {
        DataInputStream in = new DataInputStream(link.socket.getInputStream());
        Sent sent = link.open.remove();
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        ByteBufferAccessor buffer = new ByteBufferAccessor(ByteBuffer.wrap(bytes));
        new ResponseHeaderData(buffer, sent.api.responseHeaderVersion(sent.version));
        ApiMessage body = (ApiMessage) Class.forName("org.apache.kafka.common.message." + sent.api.name + "ResponseData")
            .getConstructor().newInstance();
        body.read(buffer, sent.version);
        if (buffer.remaining() != 0)
            return "\"" + buffer.remaining() + " bytes left over\"";
        for (var m : converter(sent.api, "Response").getMethods())
            if (m.getName().equals("write") && m.getParameterCount() == 2)
                return m.invoke(null, body, sent.version).toString();
        throw new IllegalStateException(sent.api.name);
    }

    static String serve(String line) throws Exception {
        String[] word = line.split(" ", 5);
        String name = word[0] + " " + word[1];
        Link link = LINKS.get(name);
        if (link == null)
            LINKS.put(name, link = new Link(word[0]));
        if (word[2].equals("read"))
            return receive(link);
        boolean later = word[3].endsWith("!");
        short version = Short.parseShort(word[3].replace("!", ""));
        ApiKeys api = null;
        for (ApiKeys k : ApiKeys.values())
            if (k.name.equals(word[2]))
                api = k;
        send(link, api, version, new ObjectMapper().readTree(word[4]), word[1]);
        return later ? "\"sent\"" : receive(link);
    }

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null; System.out.flush()) {
            try {
                System.out.println(serve(line));
            } catch (Exception e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                System.out.println(new ObjectMapper().writeValueAsString("failed: " + cause));
            }
        }
    }
}
