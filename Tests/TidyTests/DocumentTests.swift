import Testing

/// Documents that stay true: links, commands and paths are there.
@Suite struct DocumentTests {
    private static let project = Project.shared

    @Test func `every target has a README that says something`() {
        let missing = Self.project.targets.filter {
            !DocumentRules.isReadme(Self.project.file("Sources/\($0)/README.md"))
        }
        #expect(missing == [])
        #expect(!DocumentRules.isReadme(ProjectFile("Sources/A/README.md", "# A\n")))
        #expect(!DocumentRules.isReadme(nil))
    }

    @Test func `decision records have numbers of their own`() {
        let prefix = "docs/decisions/"
        let names = Self.project.paths.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        #expect(names.count >= 5)
        let findings = DocumentRules.decisionNumbers(names)
        #expect(findings.isEmpty, "\(findings.report)")
        #expect(DocumentRules.decisionNumbers(["0001-a.md", "0001-b.md", "x.md"]).count == 2)
    }

    @Test func `no Markdown link is dead`() {
        let findings = Self.project.markdown.flatMap { DocumentRules.deadLinks(in: $0, paths: Self.project.paths) }
        #expect(findings.isEmpty, "\(findings.report)")
    }

    @Test func `every path that Markdown shows as code is there`() {
        let findings = Self.project.markdown.flatMap { DocumentRules.deadPaths(in: $0, paths: Self.project.paths) }
        #expect(findings.isEmpty, "\(findings.report)")
    }

    @Test func `every make command of the documents is a target`() throws {
        let targets = DocumentRules.targets(ofMakefile: try #require(Self.project.file("Makefile")).text)
        #expect(targets.isSuperset(of: ["run", "stop", "test", "build", "lint", "clean"]))
        let findings = Self.project.markdown.flatMap { DocumentRules.unknownTargets(in: $0, targets: targets) }
        #expect(findings.isEmpty, "\(findings.report)")
    }

    @Test func `the architecture fits on 300 lines`() throws {
        let page = try #require(Self.project.file("docs/ARCHITECTURE.md"))
        let count = page.lines.count
        #expect(count <= 300)
    }

    // MARK: each rule bites

    @Test func `planted dead links and paths are found`() {
        let paths: Set<String> = ["docs", "docs/tour.md", "README.md", "Sources/Routing"]
        let text = """
            [fine](../README.md#run) [fine](tour.md) [far](https://example.org/x) `[not a link](nowhere.md)`
            [dead](gone.md) and `Sources/Gone.swift`, `Sources/Routing/`, `Sources/<target>`
            """
        let file = ProjectFile("docs/glossary.md", text)
        #expect(DocumentRules.deadLinks(in: file, paths: paths).map(\.line) == [2])
        #expect(DocumentRules.deadPaths(in: file, paths: paths).map(\.text) == ["there is no Sources/Gone.swift"])
    }

    @Test func `a planted make command is found`() {
        let text = "Say `make run`, or:\n```\nSEEDS=5 make fly\n```\nThey make things."
        let targets = DocumentRules.targets(ofMakefile: "run: build\n\t@x\nSHELL := bash\n.PHONY: run\n")
        #expect(targets == ["run"])
        let findings = DocumentRules.unknownTargets(in: ProjectFile("README.md", text), targets: targets)
        #expect(findings.map(\.line) == [3])
    }
}
