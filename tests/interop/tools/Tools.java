import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.security.Permission;
import java.util.Arrays;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs Apache Kafka's command line tools, one after the other, in one Java machine: a start of its own takes a
 * tool some seconds, the work some milliseconds.
 *
 * A request on the standard input: int32 number of texts, the texts (int32 length, UTF-8): milliseconds that the
 * tool may take, what it reads, its class, its arguments. The answer on the standard output: int32 exit status
 * (-1: not done in time), int32 length, what it printed, both streams together.
 */
public final class Tools {
    private static final PrintStream OUT = System.out, ERR = System.err;
    private static final InputStream IN = System.in;

    /** Stands for the end of the process; some tools catch it and go on. */
    private static final class Exited extends Error {
        Exited() {
            super(null, null, false, false);
        }
    }

    /** One tool at work, in a thread that can be left behind. */
    private static final class Run extends Thread {
        final String name;
        final String[] words;
        final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        volatile int status = -1;
        volatile int printedAtExit = -1;

        Run(String name, String[] words) {
            this.name = name;
            this.words = words;
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                Class.forName(name).getMethod("main", String[].class).invoke(null, (Object) words);
                exit(0);
            } catch (InvocationTargetException e) {
                failed(e.getCause());
            } catch (ReflectiveOperationException e) {
                failed(e);
            }
        }

        private void failed(Throwable t) {
            if (printedAtExit < 0)
                System.err.println("Exception in thread \"main\" " + t);
            exit(1);
        }

        /** The first exit counts. */
        void exit(int with) {
            if (printedAtExit >= 0)
                return;
            printedAtExit = printed.size();
            status = with;
        }

        byte[] output() {
            byte[] all = printed.toByteArray();

            return printedAtExit < 0 ? all : Arrays.copyOf(all, printedAtExit);
        }
    }

    private static volatile Run current;
    private static volatile boolean done;

    /** For the tools that end the process by themselves; it forbids nothing else. */
    @SuppressWarnings("removal")
    private static final class Guard extends SecurityManager {
        @Override
        public void checkPermission(Permission permission) {
        }

        @Override
        public void checkExit(int status) {
            if (!done)
                Tools.exit(status);
        }
    }

    private static void exit(int status) {
        current.exit(status);
        throw new Exited();
    }

    private static String[] read(DataInputStream in) throws IOException {
        String[] texts = new String[in.readInt()];

        for (int i = 0; i < texts.length; i++) {
            byte[] bytes = new byte[in.readInt()];
            in.readFully(bytes);
            texts[i] = new String(bytes, StandardCharsets.UTF_8);
        }
        return texts;
    }

    private static Run execute(String[] q) throws InterruptedException {
        String[] words = new String[q.length - 3];
        System.arraycopy(q, 3, words, 0, words.length);
        Run run = current = new Run(q[2], words);
        PrintStream both = new PrintStream(run.printed, true, StandardCharsets.UTF_8);

        System.setIn(new ByteArrayInputStream(q[1].getBytes(StandardCharsets.UTF_8)));
        System.setOut(both);
        System.setErr(both);
        run.start();
        run.join(Long.parseLong(q[0]));
        System.setOut(OUT);
        System.setErr(ERR);
        System.setIn(IN);
        if (run.isAlive())
            run.interrupt();
        return run;
    }

    @SuppressWarnings("removal")
    public static void main(String[] args) throws Exception {
        DataInputStream in = new DataInputStream(IN);
        DataOutputStream out = new DataOutputStream(OUT);

        System.setSecurityManager(new Guard());
        Exit.setExitProcedure((status, message) -> exit(status));
        Exit.setHaltProcedure((status, message) -> exit(status));
        try {
            while (true) {
                Run run = execute(read(in));
                byte[] printed = run.output();

                out.writeInt(run.status);
                out.writeInt(printed.length);
                out.write(printed);
                out.flush();
            }
        } catch (EOFException end) {
            done = true;
            Runtime.getRuntime().halt(0);
        }
    }
}
