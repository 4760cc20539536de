/// What documents may not say.
enum DocumentRules {
    /// Code in a Markdown text: lines of fenced blocks, and inline spans.
    static func code(in file: ProjectFile) -> [(line: Int, text: String)] {
        var isFenced = false
        var parts: [(line: Int, text: String)] = []
        for (index, line) in file.lines.enumerated() {
            if line.hasPrefix("```") {
                isFenced.toggle()
            } else if isFenced {
                parts.append((index + 1, String(line)))
            } else {
                parts += line.matches(of: /`([^`]+)`/).map { (index + 1, String($0.1)) }
            }
        }
        return parts
    }

    /// The targets of a Makefile.
    static func targets(ofMakefile text: String) -> Set<String> {
        Set(
            text.split(separator: "\n").compactMap { line in
                line.prefixMatch(of: /([a-z][a-z0-9-]*):(?!=)/).map { String($0.1) }
            })
    }

    /// `make X` in code where the Makefile has no target X.
    static func unknownTargets(in file: ProjectFile, targets: Set<String>) -> [Finding] {
        code(in: file).flatMap { line, text in
            text.matches(of: /(?:^|[\s;&|=])make\s+([a-z][a-z0-9-]*)/)
                .map { String($0.1) }.filter { !targets.contains($0) }
                .map { Finding(file.path, line, "the Makefile has no target \($0)") }
        }
    }

    /// Links to files that are not there.
    static func deadLinks(in file: ProjectFile, paths: Set<String>) -> [Finding] {
        var isFenced = false
        return file.lines.enumerated().flatMap { index, line -> [Finding] in
            if line.hasPrefix("```") { isFenced.toggle() }
            guard !isFenced else { return [] }
            return line.replacing(/`[^`]*`/, with: "").matches(of: /\]\(([^)\s]+)\)/)
                .map { String($0.1) }
                .filter { !$0.contains("://") && !$0.hasPrefix("mailto:") && !$0.hasPrefix("#") }
                .filter { !paths.contains(resolved($0, from: file.folder)) }
                .map { Finding(file.path, index + 1, "a link to \($0), which is not there") }
        }
    }

    /// Paths of this project in inline code that are not there. Patterns (`*`, `<…>`, `{…}`) are passed over.
    static func deadPaths(in file: ProjectFile, paths: Set<String>) -> [Finding] {
        let tops = ["Sources/", "Tests/", "Scripts/", "docs/", "cluster-config/", "Benchmarks/", ".ci/"]
        return code(in: file).flatMap { line, text in
            text.split(whereSeparator: { " ,;()".contains($0) })
                .filter { word in tops.contains { word.hasPrefix($0) } }
                .filter { !$0.contains { "*<{…$".contains($0) } }
                .map { String($0.hasSuffix("/") ? $0.dropLast() : $0) }
                .filter { !paths.contains($0) }
                .map { Finding(file.path, line, "there is no \($0)") }
        }
    }

    private static func resolved(_ link: String, from folder: String) -> String {
        var parts = folder.split(separator: "/").map(String.init)
        for part in link.prefix(while: { $0 != "#" }).split(separator: "/") {
            switch part {
            case ".": break
            case "..": _ = parts.popLast()
            default: parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }

    /// Decision records are `NNNN-title.md`, each number once.
    static func decisionNumbers(_ names: [String]) -> [Finding] {
        var seen: Set<Substring> = []
        return names.sorted().compactMap { name in
            guard let match = name.wholeMatch(of: /(\d{4})-[a-z0-9-]+\.md/) else {
                return Finding(name, 0, "a decision record is named NNNN-title.md")
            }
            return seen.insert(match.1).inserted ? nil : Finding(name, 0, "the number \(match.1) is taken")
        }
    }

    /// A README says more than its heading.
    static func isReadme(_ file: ProjectFile?) -> Bool {
        let body = file?.lines.filter { !$0.hasPrefix("#") }.joined(separator: " ") ?? ""
        return body.count >= 120
    }
}
