import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;

/** Reads an expression a line; "ok" and a bit for each name of the command line, or "bad" and why. The other half of regex_tool. */
public class RegexOracle {
    public static void main(String[] names) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String line; (line = in.readLine()) != null;) {
            try {
                Pattern pattern = Pattern.compile(line);
                StringBuilder bits = new StringBuilder("ok ");
                for (String name : names)
                    bits.append(pattern.matches(name) ? '1' : '0');
                out.println(bits);
            } catch (PatternSyntaxException e) {
                out.println("bad " + e.getDescription());
            }
        }
        out.flush();
    }
}
