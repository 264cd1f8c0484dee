# Expected values of reliability and agreement from R, on synthetic answers of our own.
#
#   Rscript tests/oracle/reliability_agreement.R > tests/oracle/reliability_agreement.json
#
# Packages: psych, lavaan, multilevel, vcd, jsonlite. The tests read the JSON and need no R.
# psych::cohen.kappa is not used: in 2.2.9 it gives a variance of zero for weighted kappa.

suppressPackageStartupMessages({
  library(psych); library(lavaan); library(multilevel); library(vcd); library(jsonlite)
})
set.seed(20250817)

answers <- function(n, k, between = 0, unit = rep(1, n)) {
  level <- rnorm(max(unit), sd = between)[unit]
  trait <- rnorm(n)
  x <- sapply(seq_len(k), function(i) {
    round(3.4 + 0.15 * (i %% 3) + level + runif(1, .5, .9) * trait + rnorm(n, sd = .8))
  })
  x <- pmin(pmax(x, 1), 5)
  colnames(x) <- paste0("y", seq_len(k))
  x
}
one_factor_omega <- function(x) {
  k <- ncol(x)
  model <- paste("f =~", paste(colnames(x), collapse = " + "))
  fit <- cfa(model, data = as.data.frame(x), std.lv = TRUE, estimator = "ML",
             control = list(rel.tol = 1e-11))
  stopifnot(lavInspect(fit, "converged"))
  e <- lavInspect(fit, "est")
  sum(e$lambda)^2 / (sum(e$lambda)^2 + sum(diag(e$theta)))
}
alpha_case <- function(x) {
  a <- suppressWarnings(psych::alpha(as.data.frame(x), check.keys = FALSE, warnings = FALSE))
  ci <- psych::alpha.ci(a$total$raw_alpha, n.obs = nrow(x), n.var = ncol(x))
  list(alpha = a$total$raw_alpha, item_rest = a$item.stats$r.drop, correlation = cor(x),
       low = ci$lower.ci, high = ci$upper.ci)
}

# complete items
three <- answers(120, 3)
six <- answers(150, 6)
missing <- answers(90, 4)
missing[cbind(sample(90, 30, TRUE), sample(4, 30, TRUE))] <- NA
pairwise <- suppressWarnings(psych::alpha(as.data.frame(missing), check.keys = FALSE,
                                          use = "pairwise", warnings = FALSE))

# units of unequal size
size <- c(12, 5, 30, 8, 21, 3, 17, 9)
unit <- rep(seq_along(size), size)
grouped <- answers(length(unit), 3, between = .6, unit = unit)
score <- rowSums(grouped)
model <- aov(score ~ as.factor(unit))
disagreeing <- rbind(cbind(c(1, 5, 1, 5), c(5, 1, 5, 1), c(1, 1, 5, 5)))
sscp <- summary(manova(grouped ~ as.factor(unit)))$SS
n_units <- length(size)
n_all <- length(unit)
k0 <- (n_all - sum(size^2) / n_all) / (n_units - 1)
msw <- sscp$Residuals / (n_all - n_units)
between <- (sscp[[1]] / (n_units - 1) - msw) / k0
alpha_of <- function(s) suppressWarnings(psych::alpha(s, check.keys = FALSE,
                                                      warnings = FALSE)$total$raw_alpha)

# two evaluators, three evaluators
first <- sample(1:4, 80, TRUE, prob = c(.1, .3, .4, .2))
second <- pmin(pmax(first + sample(-1:1, 80, TRUE, prob = c(.2, .6, .2)), 1), 4)
joint <- table(factor(first, 1:4), factor(second, 1:4))
kappa_case <- function(weights) {
  k <- vcd::Kappa(joint, weights = weights)
  list(unweighted = unname(k$Unweighted), weighted = unname(k$Weighted))
}
quality <- rnorm(14, 70, 12)
ratings <- round(sapply(c(-4, 0, 6), function(bias) quality + bias + rnorm(14, sd = 5)))
icc <- psych::ICC(ratings, lmer = FALSE)$results$ICC

version <- function(p) as.character(packageVersion(p))
cat(toJSON(list(
  versions = list(R = R.version.string, psych = version("psych"), lavaan = version("lavaan"),
                  multilevel = version("multilevel"), vcd = version("vcd")),
  three = c(list(rows = three, omega = one_factor_omega(three)), alpha_case(three)),
  six = c(list(rows = six, omega = one_factor_omega(six)), alpha_case(six)),
  missing = list(rows = missing, alpha = pairwise$total$raw_alpha,
                 covariance = cov(missing, use = "pairwise")),
  grouped = list(rows = grouped, unit = unit - 1,
                 icc1 = ICC1(model), icc2 = ICC2(model),
                 rwg = rwg(grouped[, 1], unit, ranvar = 2)$rwg,
                 rwg_j = rwg.j(grouped, unit, ranvar = 2)$rwg.j,
                 lindell = rwg.j.lindell(grouped, unit, ranvar = 2)$rwg.lindell,
                 ad = ad.m(grouped, unit)$AD.M, ad_item = ad.m(grouped[, 1], unit)$AD.M,
                 k0 = k0, alpha_within = alpha_of(msw), alpha_between = alpha_of(between)),
  disagreeing = list(rows = disagreeing,
                     rwg = rwg(disagreeing[, 1], rep(1, 4), ranvar = 2)$rwg,
                     rwg_j = rwg.j(disagreeing, rep(1, 4), ranvar = 2)$rwg.j,
                     lindell = rwg.j.lindell(disagreeing, rep(1, 4), ranvar = 2)$rwg.lindell),
  kappa = list(table = unclass(joint), linear = kappa_case("Equal-Spacing"),
               quadratic = kappa_case("Fleiss-Cohen")),
  ratings = list(rows = ratings, icc = icc)
), digits = I(17), auto_unbox = TRUE, na = "null"))
